-- What the lakehouse knows of a run. Try it: ./sponge sql --work DIR --file notebooks/rollout_history.sql

-- 1. The learning curve against fresh rollouts, the price of it all.
select e.run_id, e.policy_version, coalesce(sum(t.fresh_rollouts), 0) as rollouts,
       round(e.pass1_greedy, 3) as pass1_greedy, round(e.pass1_sampled, 3) as pass1_sampled,
       round(e.response_length, 1) as tokens, round(e.entropy, 3) as entropy
from evaluations e left join train_steps t on t.run_id = e.run_id and t.step < e.policy_version
group by all order by e.run_id, e.policy_version;

-- 2. Which data moved the policy: ratio, clipping and loss by age of the rollouts and by pass.
select run_id, lag, pass, count(*) as rollouts, round(avg(mean_ratio), 4) as mean_ratio,
       round(avg(clip_fraction), 4) as clip_fraction, round(avg(kl_base), 4) as kl_base,
       round(avg(case when advantage < 0 then 1.0 else 0.0 end), 3) as negative_share
from step_rollouts group by run_id, lag, pass order by run_id, lag, pass;

-- 3. What is learned last: solved share by difficulty, in blocks of ten policy versions.
select r.run_id, p.level, int(r.policy_version / 10) * 10 as from_version, count(*) as rollouts,
       round(avg(w.reward), 3) as solved, round(avg(size(r.response_ids)), 1) as tokens
from rollouts r join rewards w using (rollout_id) join prompts p using (prompt_id)
group by all order by r.run_id, p.level, from_version;

-- 4. From a gradient step back to its rollouts: the ten that step 3 was most at odds with.
select s.step, s.lag, round(s.mean_ratio, 3) as mean_ratio, round(s.advantage, 2) as advantage,
       r.policy_version, p.answer, replace(r.response_text, '\n', ' ; ') as response
from step_rollouts s join rollouts r using (rollout_id) join prompts p using (prompt_id)
where s.step = 3 and s.pass = 1 order by abs(s.mean_ratio - 1) desc limit 10;

-- 5. Exactly once: rollouts that no committed step has used, and that no later step can use.
select r.run_id, r.policy_version, count(*) as never_trained_on
from rollouts r left anti join step_rollouts s on s.rollout_id = r.rollout_id
where r.policy_version < (select max(t.step) from train_steps t where t.run_id = r.run_id)
group by all order by 1, 2;

-- What the lakehouse knows of a run. Try it: ./sponge sql --work DIR --file notebooks/rollout_history.sql

-- 1. The learning curve against fresh rollouts, the price of it all.
select run_id, policy_version, fresh_rollouts as rollouts, round(pass1_greedy, 3) as pass1_greedy,
       round(pass1_sampled, 3) as pass1_sampled, round(response_length, 1) as tokens, round(entropy, 3) as entropy
from v_learning_curve order by run_id, policy_version;

-- 2. Which data moved the policy: ratio, effective sample size and clipping by age of the rollouts.
select run_id, lag, sum(rollouts) as rollouts, round(avg(mean_ratio), 4) as mean_ratio,
       round(avg(ess_sequences), 3) as ess, round(avg(trained_ratio), 4) as trained_ratio,
       round(avg(clip_fraction), 4) as clip_fraction, round(avg(kl_base), 4) as kl_base
from v_offpolicyness group by run_id, lag order by run_id, lag;

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
select u.run_id, u.policy_version, count(*) as never_trained_on
from v_reuse u
where u.steps = 0 and u.policy_version < (select max(t.step) from train_steps t where t.run_id = u.run_id)
group by all order by 1, 2;

-- 6. How often rollouts were used: steps, and passes in all of them.
select run_id, steps, passes, count(*) as rollouts, max(age) as oldest
from v_reuse group by all order by 1, 2, 3;

-- 7. What a correct answer costs, by step.
select run_id, step, correct, round(seconds, 2) as seconds, round(generate_seconds, 2) as generate,
       round(train_seconds, 2) as train, round(seconds_per_correct, 4) as seconds_per_correct,
       round(tokens_per_correct, 1) as tokens_per_correct
from v_cost order by run_id, step;

-- 8. Where the run's verifier and mathematical equality disagree: right answers in another form, or in a wrong format.
select v.policy_version, v.correct, math_equal(p.answer, r.response_text) as equal, count(*) as rollouts,
       any_value(p.answer) as gold, any_value(right(replace(r.response_text, '\n', ' ; '), 40)) as response
from v_verdicts v join rollouts r using (rollout_id) join prompts p using (prompt_id)
where v.correct <> math_equal(p.answer, r.response_text)
group by all order by 1, 2;

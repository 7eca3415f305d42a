-- The views of Sponge. sponge sql knows them, notebooks/views.md explains them with examples.

CREATE OR REPLACE TEMPORARY VIEW v_learning_curve (
  run_id COMMENT 'run',
  policy_version COMMENT 'evaluated policy, step k makes version k+1',
  benchmark COMMENT 'benchmark',
  samples COMMENT 'sampled responses per problem',
  fresh_rollouts COMMENT 'rollouts sampled in the steps before the policy',
  replayed_rollouts COMMENT 'rollouts of earlier versions trained on in these steps',
  fresh_tokens COMMENT 'tokens sampled in these steps',
  seconds COMMENT 'wall-clock of these steps, evaluations not counted',
  pass1_greedy COMMENT 'pass@1 of the greedy responses',
  pass1_greedy_low COMMENT 'lower end of its 95% Wilson interval',
  pass1_greedy_high COMMENT 'upper end of its 95% Wilson interval',
  pass1_sampled COMMENT 'pass@1 of the sampled responses',
  pass8_sampled COMMENT 'unbiased pass@8, null with fewer than 8 samples',
  response_length COMMENT 'mean tokens of the sampled responses',
  reflection_rate COMMENT 'share of sampled responses that reflect',
  entropy COMMENT 'entropy of the sampling distribution, nats per token'
) COMMENT 'an evaluated policy and the price of it'
AS SELECT
  e.run_id, e.policy_version, e.benchmark, e.samples,
  coalesce(sum(t.fresh_rollouts), 0),
  coalesce(sum(t.replayed_rollouts), 0),
  cast(coalesce(sum(t.metrics['data/fresh_tokens']), 0) AS bigint),
  coalesce(sum(t.seconds['total']), 0),
  e.pass1_greedy, e.pass1_greedy_low, e.pass1_greedy_high, e.pass1_sampled, e.pass8_sampled,
  e.response_length, e.reflection_rate, e.entropy
FROM evaluations e
LEFT JOIN train_steps t ON t.run_id = e.run_id AND t.step < e.policy_version
GROUP BY e.run_id, e.policy_version, e.benchmark, e.samples, e.temperature, e.attempt_id,
  e.pass1_greedy, e.pass1_greedy_low, e.pass1_greedy_high, e.pass1_sampled, e.pass8_sampled,
  e.response_length, e.reflection_rate, e.entropy;

-- What the other views take for the reward of a rollout. Rescoring adds verdicts of other
-- verifiers, which must not count twice: the verifier is the one that the configuration of the
-- sampling policy names, in its newest version. Imported runs have no policy and no configuration:
-- of their verifiers the first by name counts.
CREATE OR REPLACE TEMPORARY VIEW v_verdicts (
  run_id COMMENT 'run',
  policy_version COMMENT 'behaviour policy',
  rollout_id COMMENT 'rollout',
  verifier_id COMMENT 'verifier of the run',
  verifier_version COMMENT 'its newest version that judged the rollout',
  status COMMENT 'scored, pending or failed',
  reward COMMENT 'reward, null unless scored',
  correct COMMENT 'answer equals the gold answer, null unless scored'
) COMMENT 'a rollout and the verdict that its run goes by'
AS SELECT
  run_id, policy_version, rollout_id, verifier_id,
  newest.verifier_version, newest.status, newest.reward, newest.correct
FROM (
  SELECT
    w.run_id, w.policy_version, w.rollout_id, w.verifier_id,
    -- Version 10 is newer than version 9.
    max_by(struct(w.verifier_version, w.status, w.reward, w.correct),
           struct(length(w.verifier_version), w.verifier_version)) AS newest
  FROM rewards w
  LEFT JOIN policies p ON p.run_id = w.run_id AND p.policy_version = w.policy_version
  JOIN (SELECT run_id, min(verifier_id) AS verifier_id FROM rewards GROUP BY run_id) f
    ON f.run_id = w.run_id
  WHERE w.verifier_id =
    coalesce(get_json_object(p.resolved_config, '$.reward.verifier'), f.verifier_id)
  GROUP BY w.run_id, w.policy_version, w.rollout_id, w.verifier_id
);

-- How far data is from the policy that is about to train on it. For a rollout i with tokens t of
-- step k, log r(i,t) = log pi_k - log mu, where log mu is what the step used: with
-- history.mu = trainer what was first scored of the rollout under its own policy, by the step in
-- which it was fresh (so that lag 0 has ratio 1), else, and with history.mu = sampler, the sampler's
-- behaviour_logprobs.
-- ess_sequences = (sum w)^2 / (n sum w^2) over the n rollouts of a lag, w(i) = prod_t r(i,t).
-- ess_tokens is the same over the r(i,t) of all tokens. Both lie in (0, 1], 1 is on-policy.
CREATE OR REPLACE TEMPORARY VIEW v_offpolicyness (
  run_id COMMENT 'run',
  step COMMENT 'outer step k',
  lag COMMENT 'k minus the policy version of the rollouts',
  rollouts COMMENT 'rollouts of this lag that the step trained on',
  tokens COMMENT 'their response tokens',
  mean_ratio COMMENT 'mean over tokens of pi_k / mu, before the step',
  mean_log_ratio COMMENT 'mean over tokens of log pi_k - log mu',
  ess_tokens COMMENT 'effective sample size of the token ratios, share of the tokens',
  ess_sequences COMMENT 'effective sample size of the sequence ratios, share of the rollouts',
  trained_ratio COMMENT 'mean of pi_theta / mu in the last pass, over rollouts',
  clip_fraction COMMENT 'share of tokens whose gradient the clip zeroes, all passes',
  kl_base COMMENT 'mean KL estimate to the base policy, all passes'
) COMMENT 'the rollouts of one lag in one step: how off-policy they are'
AS WITH moved AS (
  SELECT run_id, step, lag, rollout_id,
    max_by(mean_ratio, pass) AS trained_ratio,
    avg(clip_fraction) AS clip_fraction,
    avg(kl_base) AS kl_base
  FROM step_rollouts
  GROUP BY run_id, step, lag, rollout_id
), own AS (
  SELECT run_id, rollout_id, anchor_version, min(step) AS step, min_by(logprobs, step) AS logprobs
  FROM anchor_logprobs
  GROUP BY run_id, rollout_id, anchor_version
), compared AS (
  SELECT m.*,
    zip_with(now.logprobs, coalesce(mu.logprobs, r.behaviour_logprobs),
             (pi_k, behaviour) -> double(pi_k) - double(behaviour)) AS log_ratios
  FROM moved m
  JOIN policies p ON p.run_id = m.run_id AND p.policy_version = m.step
  JOIN rollouts r ON r.rollout_id = m.rollout_id
  JOIN anchor_logprobs now ON now.run_id = m.run_id AND now.rollout_id = m.rollout_id
    AND now.step = m.step AND now.anchor_version = m.step
  LEFT JOIN own mu ON mu.run_id = r.run_id AND mu.rollout_id = r.rollout_id
    AND mu.anchor_version = r.policy_version
    AND (mu.step = r.policy_version OR mu.run_id = m.run_id AND mu.step <= m.step)
    AND get_json_object(p.resolved_config, '$.history.mu') = 'trainer'
), summed AS (
  SELECT *,
    size(log_ratios) AS tokens,
    aggregate(log_ratios, 0D, (sum, x) -> sum + x) AS log_ratio,
    aggregate(log_ratios, 0D, (sum, x) -> sum + exp(x)) AS ratio,
    aggregate(log_ratios, 0D, (sum, x) -> sum + exp(2 * x)) AS square
  FROM compared
), weighed AS (
  -- Weights of sequences span many orders of magnitude, a common factor changes no ESS.
  SELECT *, exp(log_ratio - max(log_ratio) OVER (PARTITION BY run_id, step, lag)) AS weight
  FROM summed
)
SELECT
  run_id, step, lag, count(*), sum(tokens),
  sum(ratio) / sum(tokens),
  sum(log_ratio) / sum(tokens),
  sum(ratio) * sum(ratio) / (sum(tokens) * sum(square)),
  sum(weight) * sum(weight) / (count(*) * sum(weight * weight)),
  avg(trained_ratio), avg(clip_fraction), avg(kl_base)
FROM weighed
GROUP BY run_id, step, lag;

CREATE OR REPLACE TEMPORARY VIEW v_length_dynamics (
  run_id COMMENT 'run',
  policy_version COMMENT 'behaviour policy',
  rollouts COMMENT 'rollouts',
  mean_tokens COMMENT 'mean response tokens',
  median_tokens COMMENT 'median response tokens',
  p90_tokens COMMENT '90th percentile of response tokens',
  longest_tokens COMMENT 'tokens of the longest response',
  truncated_share COMMENT 'share that ended at rollout.max_new_tokens',
  correct_tokens COMMENT 'mean tokens of correct responses, null without one',
  wrong_tokens COMMENT 'mean tokens of wrong responses, null without one'
) COMMENT 'the rollouts of a policy: how long they are'
AS SELECT
  r.run_id, r.policy_version, count(*),
  avg(size(r.response_ids)),
  percentile(size(r.response_ids), 0.5),
  percentile(size(r.response_ids), 0.9),
  max(size(r.response_ids)),
  avg(if(r.finish_reason = 'length', 1D, 0D)),
  avg(if(v.correct, size(r.response_ids), null)),
  avg(if(NOT v.correct, size(r.response_ids), null))
FROM rollouts r
LEFT JOIN v_verdicts v ON v.rollout_id = r.rollout_id
GROUP BY r.run_id, r.policy_version;

-- A response reflects if it holds a phrase of reward.reflection_keywords as whole words.
CREATE OR REPLACE TEMPORARY VIEW v_reflection (
  run_id COMMENT 'run',
  policy_version COMMENT 'behaviour policy',
  rollouts COMMENT 'rollouts',
  reflecting COMMENT 'rollouts that reflect',
  reflection_rate COMMENT 'their share',
  solved_reflecting COMMENT 'share of these that is correct, of those scored',
  solved_others COMMENT 'share of the others that is correct, of those scored',
  tokens_reflecting COMMENT 'mean tokens of rollouts that reflect',
  tokens_others COMMENT 'mean tokens of the others'
) COMMENT 'the rollouts of a policy: do they reflect, and does it help'
AS WITH judged AS (
  SELECT r.run_id, r.policy_version, size(r.response_ids) AS tokens,
    CASE WHEN v.correct THEN 1D WHEN NOT v.correct THEN 0D END AS solved,
    exists(
      from_json(get_json_object(p.resolved_config, '$.reward.reflection_keywords'), 'array<string>'),
      phrase -> r.response_text RLIKE concat(
        r'(?iu)(?<![\p{L}\p{N}])\Q', phrase, r'\E(?![\p{L}\p{N}])')) AS reflects
  FROM rollouts r
  JOIN policies p ON p.run_id = r.run_id AND p.policy_version = r.policy_version
  LEFT JOIN v_verdicts v ON v.rollout_id = r.rollout_id
)
SELECT
  run_id, policy_version, count(*),
  count_if(reflects),
  avg(if(reflects, 1D, 0D)),
  avg(if(reflects, solved, null)),
  avg(if(reflects, null, solved)),
  avg(if(reflects, tokens, null)),
  avg(if(reflects, null, tokens))
FROM judged
GROUP BY run_id, policy_version;

CREATE OR REPLACE TEMPORARY VIEW v_prompt_difficulty (
  run_id COMMENT 'run',
  prompt_id COMMENT 'prompt',
  source COMMENT 'data set or generator',
  level COMMENT 'number of operations',
  rollouts COMMENT 'scored rollouts of the prompt',
  versions COMMENT 'policy versions that answered it',
  solved COMMENT 'share of the rollouts that is correct',
  solved_first COMMENT 'the same of the first version that answered it',
  solved_last COMMENT 'the same of the last version that answered it',
  first_solved_version COMMENT 'first version with a correct rollout, null without one',
  mean_tokens COMMENT 'mean response tokens'
) COMMENT 'a prompt in a run: how hard it is, and how that changed'
AS WITH asked AS (
  SELECT r.run_id, r.prompt_id, r.policy_version, count(*) AS rollouts,
    count_if(v.correct) AS correct, sum(size(r.response_ids)) AS tokens
  FROM rollouts r
  JOIN v_verdicts v ON v.rollout_id = r.rollout_id AND v.status = 'scored'
  GROUP BY r.run_id, r.prompt_id, r.policy_version
)
SELECT
  a.run_id, a.prompt_id, p.source, p.level,
  sum(a.rollouts), count(*),
  sum(a.correct) / sum(a.rollouts),
  min_by(a.correct / a.rollouts, a.policy_version),
  max_by(a.correct / a.rollouts, a.policy_version),
  min(if(a.correct > 0, a.policy_version, null)),
  sum(a.tokens) / sum(a.rollouts)
FROM asked a
JOIN prompts p ON p.prompt_id = a.prompt_id
GROUP BY a.run_id, a.prompt_id, p.source, p.level;

-- z is the 97.5% quantile of the normal distribution, for Wilson's score interval. A group with a
-- verdict that is not scored is no group here.
CREATE OR REPLACE TEMPORARY VIEW v_prompt_pass_rate (
  prompt_id COMMENT 'prompt',
  source COMMENT 'data set or generator',
  split COMMENT 'train or test',
  verifier_id COMMENT 'verifier of the runs',
  runs COMMENT 'runs that asked the prompt',
  versions COMMENT 'policy versions of these runs that answered it',
  rollouts COMMENT 'scored rollouts of the prompt',
  correct COMMENT 'those of them that are correct',
  pass_rate COMMENT 'correct / rollouts',
  pass_rate_low COMMENT 'lower end of its 95% Wilson interval',
  pass_rate_high COMMENT 'upper end of its 95% Wilson interval',
  groups COMMENT 'groups with all rollouts scored',
  groups_all_wrong COMMENT 'those of them without a correct rollout',
  groups_all_right COMMENT 'those of them without a wrong rollout',
  last_policy_version COMMENT 'newest policy version that answered it, of any run'
) COMMENT 'a prompt and a verifier: how hard it is for all policies of all runs'
AS WITH answered AS (
  SELECT r.prompt_id, v.verifier_id, r.run_id, r.policy_version, r.group_id,
    count_if(v.status = 'scored') AS scored,
    count_if(v.status = 'scored' AND v.correct) AS correct,
    count(*) AS rollouts
  FROM rollouts r
  JOIN v_verdicts v ON v.rollout_id = r.rollout_id
  GROUP BY r.prompt_id, v.verifier_id, r.run_id, r.policy_version, r.group_id
), summed AS (
  SELECT prompt_id, verifier_id,
    count(DISTINCT run_id) AS runs,
    count(DISTINCT run_id, policy_version) AS versions,
    sum(scored) AS n,
    sum(correct) AS correct,
    sum(correct) / sum(scored) AS rate,
    count_if(scored = rollouts) AS groups,
    count_if(scored = rollouts AND correct = 0) AS all_wrong,
    count_if(scored = rollouts AND correct = scored) AS all_right,
    max(policy_version) AS last_version
  FROM answered
  WHERE scored > 0
  GROUP BY prompt_id, verifier_id
), centred AS (
  SELECT *,
    (rate + z * z / (2 * n)) / (1 + z * z / n) AS centre,
    z * sqrt(rate * (1 - rate) / n + z * z / (4 * n * n)) / (1 + z * z / n) AS half
  FROM (SELECT *, 1.959963984540054D AS z FROM summed)
)
SELECT
  c.prompt_id, p.source, p.split, c.verifier_id, c.runs, c.versions, c.n, c.correct, c.rate,
  if(c.correct = 0, 0D, c.centre - c.half), if(c.correct = c.n, 1D, c.centre + c.half),
  c.groups, c.all_wrong, c.all_right, c.last_version
FROM centred c
JOIN prompts p ON p.prompt_id = c.prompt_id;

CREATE OR REPLACE TEMPORARY VIEW v_prompt_pass_rate_by_version (
  run_id COMMENT 'run',
  policy_version COMMENT 'behaviour policy',
  prompt_id COMMENT 'prompt',
  verifier_id COMMENT 'verifier of the run',
  rollouts COMMENT 'scored rollouts of the prompt by this policy',
  correct COMMENT 'those of them that are correct',
  pass_rate COMMENT 'correct / rollouts'
) COMMENT 'a prompt and a policy that answered it'
AS SELECT
  r.run_id, r.policy_version, r.prompt_id, v.verifier_id,
  count(*), count_if(v.correct), count_if(v.correct) / count(*)
FROM rollouts r
JOIN v_verdicts v ON v.rollout_id = r.rollout_id AND v.status = 'scored'
GROUP BY r.run_id, r.policy_version, r.prompt_id, v.verifier_id;

CREATE OR REPLACE TEMPORARY VIEW v_reuse (
  run_id COMMENT 'run that sampled the rollout',
  policy_version COMMENT 'behaviour policy',
  rollout_id COMMENT 'rollout',
  steps COMMENT 'committed steps that trained on it, 0 for none',
  replays COMMENT 'those of them after the step it was fresh in',
  passes COMMENT 'passes over it in all these steps: its UTD',
  first_step COMMENT 'first step that trained on it, null for none',
  last_step COMMENT 'last step that trained on it, null for none',
  age COMMENT 'largest lag at which it was used, null for none'
) COMMENT 'a rollout: how often and how late it was trained on'
AS SELECT
  r.run_id, r.policy_version, r.rollout_id,
  count(DISTINCT s.run_id, s.step),
  count(DISTINCT if(s.lag > 0, s.run_id, null), s.step),
  count(s.pass),
  min(s.step), max(s.step), max(s.lag)
FROM rollouts r
LEFT JOIN step_rollouts s ON s.rollout_id = r.rollout_id
GROUP BY r.run_id, r.policy_version, r.rollout_id;

CREATE OR REPLACE TEMPORARY VIEW v_cost (
  run_id COMMENT 'run',
  step COMMENT 'outer step k',
  fresh_rollouts COMMENT 'rollouts of version k',
  correct COMMENT 'correct ones of them',
  fresh_tokens COMMENT 'tokens sampled',
  trained_tokens COMMENT 'tokens trained on, all passes',
  seconds COMMENT 'wall-clock of the step, evaluations not counted',
  rollout_seconds COMMENT 'sampling, Spark included',
  generate_seconds COMMENT 'of these the engine, longest task',
  verify_seconds COMMENT 'verification',
  score_seconds COMMENT 'log-probs under frozen policies',
  train_seconds COMMENT 'forward, backward, optimiser',
  io_seconds COMMENT 'tables and checkpoints: read, load, save',
  seconds_per_correct COMMENT 'seconds for each correct rollout, null without one',
  tokens_per_correct COMMENT 'sampled tokens for each correct rollout, null without one'
) COMMENT 'a committed step: seconds and tokens by phase, and for each correct answer'
AS WITH answers AS (
  SELECT run_id, policy_version, count_if(correct) AS correct
  FROM v_verdicts
  GROUP BY run_id, policy_version
)
SELECT
  t.run_id, t.step, t.fresh_rollouts,
  coalesce(a.correct, 0),
  cast(t.metrics['data/fresh_tokens'] AS bigint),
  cast(t.metrics['data/trained_tokens'] AS bigint),
  t.seconds['total'],
  coalesce(t.seconds['rollout'], 0), coalesce(t.seconds['generate'], 0),
  coalesce(t.seconds['verify'], 0), coalesce(t.seconds['score'], 0),
  coalesce(t.seconds['train'], 0),
  coalesce(t.seconds['tables'], 0) + coalesce(t.seconds['load'], 0)
    + coalesce(t.seconds['save'], 0),
  t.seconds['total'] / nullif(a.correct, 0),
  t.metrics['data/fresh_tokens'] / nullif(a.correct, 0)
FROM train_steps t
LEFT JOIN answers a ON a.run_id = t.run_id AND a.policy_version = t.step;

-- The verdicts that came with the responses, and those of other verifiers beside them. The greedy
-- responses of a run's own evaluations are left out, and what a verifier failed at is no 0.
CREATE OR REPLACE TEMPORARY VIEW v_benchmarks (
  run_id COMMENT 'run',
  policy_version COMMENT 'evaluated policy',
  benchmark COMMENT 'benchmark',
  verifier COMMENT 'verifier, id@version',
  attempt_id COMMENT 'attempt of the evaluation',
  problems COMMENT 'problems with a judged response',
  samples COMMENT 'sampled responses per problem',
  temperature COMMENT 'sampling temperature',
  top_p COMMENT 'smallest mass of tokens that are drawn from, null for an evaluation of the run itself',
  max_tokens COMMENT 'limit on a response, null for an evaluation of the run itself',
  pass1 COMMENT 'pass@1: mean over problems of the share of right responses',
  failed COMMENT 'responses that the verifier could not judge',
  response_length COMMENT 'mean tokens',
  truncated_share COMMENT 'share that ended at the limit'
) COMMENT 'a policy measured on a benchmark, by one verifier'
AS WITH judged AS (
  SELECT run_id, policy_version, benchmark, attempt_id, prompt_id, sample_index,
    concat(verifier_id, '@', verifier_version) AS verifier, correct
  FROM evaluation_responses
  WHERE NOT greedy AND verifier_id IS NOT NULL
  UNION ALL
  SELECT run_id, policy_version, benchmark, attempt_id, prompt_id, sample_index,
    concat(verifier_id, '@', verifier_version), correct
  FROM evaluation_verdicts
  WHERE sample_index >= 0
), problems AS (
  SELECT j.run_id, j.policy_version, j.benchmark, j.attempt_id, j.prompt_id, j.verifier,
    avg(if(j.correct, 1D, if(j.correct IS NULL, null, 0D))) AS solved,
    count_if(j.correct IS NULL) AS failed,
    avg(size(r.response_ids)) AS tokens,
    avg(if(r.finish_reason = 'length', 1D, 0D)) AS truncated
  FROM judged j
  JOIN evaluation_responses r ON r.run_id = j.run_id AND r.policy_version = j.policy_version
    AND r.benchmark = j.benchmark AND r.attempt_id = j.attempt_id
    AND r.prompt_id = j.prompt_id AND r.sample_index = j.sample_index
  GROUP BY j.run_id, j.policy_version, j.benchmark, j.attempt_id, j.prompt_id, j.verifier
)
SELECT
  p.run_id, p.policy_version, p.benchmark, p.verifier, p.attempt_id,
  count(p.solved), e.samples, e.temperature, e.top_p, e.max_tokens,
  avg(p.solved), sum(p.failed), avg(p.tokens), avg(p.truncated)
FROM problems p
JOIN evaluations e ON e.run_id = p.run_id AND e.policy_version = p.policy_version
  AND e.benchmark = p.benchmark AND e.attempt_id = p.attempt_id
GROUP BY p.run_id, p.policy_version, p.benchmark, p.verifier, p.attempt_id,
  e.samples, e.temperature, e.top_p, e.max_tokens;

-- As papers print it. Of several evaluations of a policy on a benchmark that of most problems
-- counts, then that of most samples.
CREATE OR REPLACE TEMPORARY VIEW v_benchmark_table (
  run_id COMMENT 'run',
  policy_version COMMENT 'evaluated policy',
  verifier COMMENT 'verifier, id@version',
  aime24 COMMENT 'pass@1 in percent',
  amc23 COMMENT 'pass@1 in percent',
  math500 COMMENT 'pass@1 in percent',
  minerva COMMENT 'pass@1 in percent',
  olympiadbench COMMENT 'pass@1 in percent',
  average COMMENT 'mean of the five, null where one is missing'
) COMMENT 'a policy with its pass@1 on the five benchmarks'
AS WITH best AS (
  SELECT run_id, policy_version, verifier, benchmark,
    100 * max_by(pass1, struct(problems, samples, attempt_id)) AS pass1
  FROM v_benchmarks
  WHERE max_tokens IS NOT NULL
  GROUP BY run_id, policy_version, verifier, benchmark
)
SELECT
  run_id, policy_version, verifier,
  max(if(benchmark = 'aime24', pass1, null)),
  max(if(benchmark = 'amc23', pass1, null)),
  max(if(benchmark = 'math500', pass1, null)),
  max(if(benchmark = 'minerva', pass1, null)),
  max(if(benchmark = 'olympiadbench', pass1, null)),
  if(count(if(benchmark IN ('aime24', 'amc23', 'math500', 'minerva', 'olympiadbench'), pass1, null)) = 5,
     avg(if(benchmark IN ('aime24', 'amc23', 'math500', 'minerva', 'olympiadbench'), pass1, null)),
     null)
FROM best
GROUP BY run_id, policy_version, verifier;

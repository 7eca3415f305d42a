package dev.sponge.jobs.ledger;

import java.util.ArrayList;
import java.util.List;

/**
 * What must hold between the rows of the tables. Token columns are never read. Rows that a recall
 * deleted are not lost: as many may be missing as the recalls of the work directory name.
 */
final class RowChecks {
  private RowChecks() {}

  static List<RowCheck> all() {
    List<RowCheck> checks = new ArrayList<>();
    Keys.ALL.forEach(keys -> checks.add(keys.check()));
    checks.addAll(steps());
    checks.addAll(rollouts());
    checks.addAll(rewards());
    checks.addAll(policies());
    checks.addAll(evaluations());
    Attempts.ALL.forEach(
        attempts ->
            checks.add(
                new RowCheck(
                    attempts.table() + " of attempts",
                    attempts.table(),
                    "SELECT '' , '' WHERE false",
                    "SELECT coalesce(sum(n), 0) FROM (" + attempts.leftovers() + ")",
                    false)));
    return checks;
  }

  private static List<RowCheck> steps() {
    return List.of(
        RowCheck.of(
            "steps without a hole",
            "train_steps",
            """
            SELECT e.run_id, concat('step ', e.step, ' has no row in train_steps, and step ',
              e.last, ' has one')
            FROM (SELECT run_id, last, explode(sequence(0, last)) AS step
              FROM (SELECT run_id, max(step) AS last FROM train_steps GROUP BY run_id)) e
            LEFT ANTI JOIN train_steps t ON t.run_id = e.run_id AND t.step = e.step
            """),
        RowCheck.of(
            "steps have their rollouts",
            "train_steps",
            """
            SELECT t.run_id, concat('version ', t.step, ' has ', coalesce(r.n, 0),
              ' rollouts, and step ', t.step, ' was committed with ', t.fresh_rollouts)
            FROM train_steps t LEFT JOIN
              (SELECT run_id, policy_version, count(*) AS n FROM rollouts
               GROUP BY run_id, policy_version) r
              ON r.run_id = t.run_id AND r.policy_version = t.step
            WHERE coalesce(r.n, 0) + (SELECT coalesce(sum(deleted_rows['rollouts']), 0)
              FROM recalls_any) < t.fresh_rollouts
            """),
        RowCheck.of(
            "passes whole",
            "step_rollouts",
            """
            WITH passes AS (
              SELECT s.run_id, s.step, s.pass, count(*) AS n FROM
                (SELECT DISTINCT run_id, step, attempt_id, pass, rollout_id FROM step_rollouts) s
              LEFT SEMI JOIN train_steps t ON t.run_id = s.run_id AND t.step = s.step
                AND t.attempt_id = s.attempt_id
              GROUP BY s.run_id, s.step, s.pass),
            steps AS (SELECT run_id, step, count(*) AS passes, min(n) AS low, max(n) AS high
              FROM passes GROUP BY run_id, step)
            SELECT t.run_id, concat('step ', t.step, ' has rows in step_rollouts for ',
              coalesce(s.passes, 0), ' of ', t.passes, ' passes, ', coalesce(s.low, 0), ' to ',
              coalesce(s.high, 0), ' a pass')
            FROM train_steps t LEFT JOIN steps s ON s.run_id = t.run_id AND s.step = t.step
            WHERE (coalesce(s.passes, 0) <> t.passes OR s.low <> s.high)
              AND (s.passes IS NOT NULL OR coalesce(t.updates, 0) > 0
                AND NOT EXISTS (SELECT 1 FROM recalls_any))
            """),
        RowCheck.of(
            "trained rollouts exist",
            "step_rollouts",
            """
            SELECT s.run_id, concat('step ', s.step, ' trained on rollout ', s.rollout_id,
              ', which table rollouts does not hold')
            FROM (SELECT DISTINCT run_id, step, rollout_id FROM step_rollouts) s
            LEFT ANTI JOIN rollouts_any r ON r.rollout_id = s.rollout_id
            """),
        RowCheck.of(
                "trained rollouts have a reward",
                "step_rollouts",
                """
            SELECT s.run_id, concat('step ', s.step, ' trained on rollout ', s.rollout_id,
              ', which has no scored reward')
            FROM (SELECT DISTINCT run_id, step, rollout_id FROM step_rollouts) s
            LEFT ANTI JOIN (SELECT rollout_id FROM rewards_any WHERE status = 'scored') w
              ON w.rollout_id = s.rollout_id
            """)
            .mendable(),
        RowCheck.of(
            "anchors of rollouts",
            "anchor_logprobs",
            """
            SELECT a.run_id, concat('step ', a.step, ' scored rollout ', a.rollout_id,
              ', which table rollouts does not hold')
            FROM (SELECT DISTINCT run_id, step, rollout_id FROM anchor_logprobs) a
            LEFT ANTI JOIN rollouts_any r ON r.rollout_id = a.rollout_id
            """));
  }

  private static List<RowCheck> rollouts() {
    return List.of(
        RowCheck.of(
            "groups whole",
            "rollouts",
            """
            WITH sizes AS (SELECT run_id,
                min(CAST(get_json_object(resolved_config, '$.rollout.group_size') AS INT)) AS members
              FROM counted_policies GROUP BY run_id),
            made AS (SELECT run_id, policy_version, group_id,
                sort_array(collect_set(sample_index)) AS samples
              FROM rollouts GROUP BY run_id, policy_version, group_id)
            SELECT m.run_id, concat('group ', m.group_id, ' of version ', m.policy_version,
              ' holds the samples ', array_join(m.samples, ' '), ' in place of 0 to ',
              s.members - 1)
            FROM made m JOIN sizes s ON s.run_id = m.run_id
            WHERE size(m.samples) <> s.members OR element_at(m.samples, -1) <> s.members - 1
            """),
        RowCheck.of(
            "rollouts of a policy",
            "rollouts",
            """
            SELECT r.run_id, concat('version ', r.policy_version,
              ' has rollouts and is no published policy')
            FROM (SELECT DISTINCT run_id, policy_version FROM rollouts) r
            LEFT ANTI JOIN counted_policies p ON p.run_id = r.run_id
              AND p.policy_version = r.policy_version
            """),
        RowCheck.of(
            "rollouts of a prompt",
            "rollouts",
            """
            SELECT r.run_id, concat('rollout ', r.rollout_id, ' answers prompt ', r.prompt_id,
              ', which table prompts does not hold')
            FROM rollouts r LEFT ANTI JOIN prompts_any p ON p.prompt_id = r.prompt_id
            """));
  }

  private static List<RowCheck> rewards() {
    return List.of(
        RowCheck.of(
            "rewards of a rollout",
            "rewards",
            """
            SELECT w.run_id, concat('rollout ', w.rollout_id, ' of version ', w.policy_version,
              ' has a reward of ', w.verifier_id, '@', w.verifier_version,
              ' and is not in table rollouts')
            FROM rewards w LEFT ANTI JOIN rollouts_any r ON r.rollout_id = w.rollout_id
              AND r.run_id = w.run_id AND r.policy_version = w.policy_version
            """),
        RowCheck.of(
                "rollouts have a reward",
                "rollouts",
                """
            SELECT r.run_id, concat('rollout ', r.rollout_id, ' of version ', r.policy_version,
              ' has no reward')
            FROM rollouts r LEFT SEMI JOIN train_steps t ON t.run_id = r.run_id
              AND t.step = r.policy_version
            LEFT ANTI JOIN rewards_any w ON w.rollout_id = r.rollout_id
            """)
            .mendable());
  }

  private static List<RowCheck> policies() {
    return List.of(
        RowCheck.of(
            "steps have their policy",
            "train_steps",
            """
            SELECT t.run_id, concat('step ', t.step, ' names attempt ', t.attempt_id,
              ', which has no row for version ', t.version_out, ' in table policies')
            FROM train_steps t LEFT ANTI JOIN policies p ON p.run_id = t.run_id
              AND p.policy_version = t.version_out AND p.attempt_id = t.attempt_id
            """),
        RowCheck.of(
            "one version 0",
            "policies",
            """
            SELECT run_id, concat('there are ', sum(IF(policy_version = 0, 1, 0)),
              ' policies of version 0')
            FROM counted_policies GROUP BY run_id HAVING sum(IF(policy_version = 0, 1, 0)) <> 1
            """),
        RowCheck.of(
            "parents and bases exist",
            "policies",
            """
            SELECT c.run_id, concat('version ', c.policy_version, ' names version ', c.needed,
              ' as its ', c.role, ', which is no published policy')
            FROM (SELECT run_id, policy_version,
                explode(map('parent', parent_version, 'base', base_version)) AS (role, needed)
              FROM counted_policies) c
            LEFT ANTI JOIN counted_policies p ON p.run_id = c.run_id
              AND p.policy_version = c.needed
            WHERE c.needed IS NOT NULL
            """),
        RowCheck.of(
            "incarnations explained",
            "incarnations",
            """
            SELECT i.run_id, concat('incarnation ', i.incarnation, ' names version ',
              i.base_version, ' as its base, which is no published policy')
            FROM incarnations i LEFT ANTI JOIN counted_policies p ON p.run_id = i.run_id
              AND p.policy_version = i.base_version
            UNION ALL
            SELECT t.run_id, concat('step ', t.step, ' belongs to incarnation ', t.incarnation,
              ', which table incarnations does not hold')
            FROM train_steps t LEFT ANTI JOIN incarnations i ON i.run_id = t.run_id
              AND i.incarnation = t.incarnation
            WHERE t.incarnation > 0
            """));
  }

  private static List<RowCheck> evaluations() {
    return List.of(
        RowCheck.of(
            "evaluations of a policy",
            "evaluations",
            """
            SELECT e.run_id, concat('version ', e.policy_version, ' was evaluated on ',
              e.benchmark, ' and is no published policy')
            FROM evaluations e LEFT ANTI JOIN counted_policies p ON p.run_id = e.run_id
              AND p.policy_version = e.policy_version
            """),
        RowCheck.of(
            "evaluations have their responses",
            "evaluations",
            """
            SELECT e.run_id, concat('the evaluation of version ', e.policy_version, ' on ',
              e.benchmark, ' has ', coalesce(r.n, 0), ' responses in place of ', e.expected)
            FROM (SELECT *, problems * IF(questions IS NULL, samples + 1, samples) AS expected
              FROM evaluations) e LEFT JOIN
              (SELECT run_id, policy_version, benchmark, attempt_id, count(*) AS n
               FROM evaluation_responses
               GROUP BY run_id, policy_version, benchmark, attempt_id) r
              ON r.run_id = e.run_id AND r.policy_version = e.policy_version
              AND r.benchmark = e.benchmark AND r.attempt_id = e.attempt_id
            WHERE coalesce(r.n, 0) > e.expected
              OR coalesce(r.n, 0) + (SELECT coalesce(sum(deleted_rows['evaluation_responses']), 0)
                FROM recalls_any) < e.expected
            """),
        RowCheck.of(
            "verdicts of a response",
            "evaluation_verdicts",
            """
            SELECT v.run_id, concat('prompt ', v.prompt_id, ', sample ', v.sample_index, ' of ',
              v.benchmark, ' by version ', v.policy_version, ' has a verdict of ', v.verifier_id,
              '@', v.verifier_version, ' and no response')
            FROM evaluation_verdicts v LEFT ANTI JOIN evaluation_responses_any r
              ON r.run_id = v.run_id AND r.policy_version = v.policy_version
              AND r.benchmark = v.benchmark AND r.attempt_id = v.attempt_id
              AND r.prompt_id = v.prompt_id AND r.sample_index = v.sample_index
            """),
        RowCheck.of(
            "verdicts whole",
            "evaluation_verdicts",
            """
            SELECT v.run_id, concat(v.verifier_id, '@', v.verifier_version, ' judged ', v.n,
              ' of ', r.n, ' responses of version ', v.policy_version, ' to ', v.benchmark)
            FROM (SELECT run_id, policy_version, benchmark, attempt_id, verifier_id,
                verifier_version, count(*) AS n
              FROM evaluation_verdicts GROUP BY ALL) v
            JOIN (SELECT run_id, policy_version, benchmark, attempt_id, count(*) AS n
              FROM evaluation_responses_any GROUP BY ALL) r
              ON r.run_id = v.run_id AND r.policy_version = v.policy_version
              AND r.benchmark = v.benchmark AND r.attempt_id = v.attempt_id
            WHERE v.n < r.n
            """));
  }
}

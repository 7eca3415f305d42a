package dev.sponge.jobs.table;

import static java.util.stream.Collectors.joining;

import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The work directory: its Delta tables under {@code tables/}, its checkpoints under {@code
 * checkpoints/}. It holds many runs.
 */
public final class Lakehouse {
  private final SparkSession spark;
  private final String root;
  private final PromptsTable prompts;
  private final PoliciesTable policies;
  private final IncarnationsTable incarnations;
  private final RolloutsTable rollouts;
  private final RewardsTable rewards;
  private final AnchorLogprobsTable anchorLogprobs;
  private final StoredAdvantagesTable storedAdvantages;
  private final TrainStepsTable trainSteps;
  private final StepRolloutsTable stepRollouts;
  private final HistoryStatisticsTable historyStatistics;
  private final EvaluationsTable evaluations;
  private final EvaluationResponsesTable evaluationResponses;
  private final StudiesTable studies;
  private final LeasesTable leases;
  private final RecallsTable recalls;
  private final PromptsRejectedTable promptsRejected;

  private Lakehouse(SparkSession spark, String root) {
    this.spark = spark;
    this.root = root;
    Storage storage =
        new Storage(
            spark, root + "/tables", DataFiles.engine(spark.sessionState().newHadoopConf()));
    prompts = new PromptsTable(storage);
    trainSteps = new TrainStepsTable(storage);
    policies = new PoliciesTable(storage, trainSteps);
    incarnations = new IncarnationsTable(storage);
    rollouts = new RolloutsTable(storage);
    rewards = new RewardsTable(storage);
    anchorLogprobs = new AnchorLogprobsTable(storage, trainSteps);
    storedAdvantages = new StoredAdvantagesTable(storage, trainSteps);
    stepRollouts = new StepRolloutsTable(storage, trainSteps);
    historyStatistics = new HistoryStatisticsTable(storage, trainSteps);
    evaluations = new EvaluationsTable(storage);
    evaluationResponses = new EvaluationResponsesTable(storage, evaluations);
    studies = new StudiesTable(storage);
    leases = new LeasesTable(storage);
    recalls = new RecallsTable(storage);
    promptsRejected = new PromptsRejectedTable(storage);
  }

  /** Opens a local work directory and creates the tables that are missing. */
  public static Lakehouse open(SparkSession spark, java.nio.file.Path workDirectory) {
    return open(spark, workDirectory.toAbsolutePath().normalize().toUri().toString());
  }

  /**
   * Opens a work directory on any Hadoop file system and creates the tables that are missing. When
   * one that is there cannot be used, nothing is created.
   *
   * @param workDirectory URI or path
   * @throws dev.sponge.rl.UserError if a table is older or newer than this layout, or no table
   * @throws dev.sponge.rl.SpongeException if a table cannot be created, or has other columns
   */
  public static Lakehouse open(SparkSession spark, String workDirectory) {
    Lakehouse lake = new Lakehouse(spark, new Path(workDirectory).toString());
    List<TablePlace> missing =
        lake.places().parallelStream().filter(place -> !place.isThere()).toList();
    missing.parallelStream().forEach(TablePlace::create);
    return lake;
  }

  /**
   * The tables that a step reads as they stand now, whatever is appended later; they take no rows.
   */
  public Lakehouse frozen() {
    Lakehouse lake = new Lakehouse(spark, root);
    // First, so that every attempt that counts has its rows in the other tables.
    lake.trainSteps.freezeLike(trainSteps);
    lake.prompts.freezeLike(prompts);
    lake.rollouts.freezeLike(rollouts);
    lake.rewards.freezeLike(rewards);
    lake.anchorLogprobs.freezeLike(anchorLogprobs);
    lake.policies.freezeLike(policies);
    lake.incarnations.freezeLike(incarnations);
    lake.storedAdvantages.freezeLike(storedAdvantages);
    lake.stepRollouts.freezeLike(stepRollouts);
    lake.historyStatistics.freezeLike(historyStatistics);
    lake.recalls.freezeLike(recalls);
    lake.promptsRejected.freezeLike(promptsRejected);
    return lake;
  }

  /** The tables as they stood at these versions; they take no rows. */
  public Lakehouse asOf(TableVersions versions) {
    Lakehouse lake = new Lakehouse(spark, root);
    Map<String, Long> known = versions.byTable();
    lake.tables().parallelStream()
        .filter(table -> known.containsKey(table.name()))
        .forEach(table -> table.table().freeze(known.get(table.name())));
    return lake;
  }

  /**
   * The tables as a committed step saw them. What no step reads (evaluations, studies) ends with
   * the time of its commit.
   */
  public Lakehouse asOf(TrainStep step) {
    Lakehouse lake = asOf(step.versionsRead());
    lake.tables().forEach(table -> table.table().rows().hideAfter(step.createdAt()));
    return lake;
  }

  /** The versions of the tables that a step reads. */
  public TableVersions versions() {
    return new TableVersions(
        prompts.version(),
        rollouts.version(),
        rewards.version(),
        anchorLogprobs.version(),
        policies.version(),
        incarnations.version(),
        storedAdvantages.version(),
        trainSteps.version(),
        stepRollouts.version(),
        historyStatistics.version(),
        recalls.version(),
        promptsRejected.version());
  }

  /**
   * Brings the tables of a work directory to the layout of this version: creates those that are
   * missing, adds nullable columns, constraints, comments and properties. Rows stay as they are,
   * and are checked against the constraints before anything is changed.
   *
   * @param workDirectory URI or path
   * @return what was done, one sentence a table; empty when there was nothing to do
   * @throws dev.sponge.rl.UserError if a table is newer than this layout, or no table
   * @throws dev.sponge.rl.SpongeException if rows break a constraint
   */
  public static List<String> migrate(SparkSession spark, String workDirectory) {
    List<TablePlace> places = new Lakehouse(spark, new Path(workDirectory).toString()).places();
    // One after another: they ask Spark, whose actions on several tables at once can hang.
    places.forEach(TablePlace::checkMigration);
    return places.stream().flatMap(place -> place.migrate().stream()).toList();
  }

  private List<TablePlace> places() {
    return tables().stream().map(table -> table.table().place()).toList();
  }

  public SparkSession spark() {
    return spark;
  }

  /** The work directory, without a slash at the end. */
  public String root() {
    return root;
  }

  /** The directory of a run's checkpoint: {@code checkpoints/<run>/v000012-<attempt>}. */
  public String checkpoint(String runId, int policyVersion, String attemptId) {
    return "%s/checkpoints/%s/v%06d-%s".formatted(root, runId, policyVersion, attemptId);
  }

  public PromptsTable prompts() {
    return prompts;
  }

  public PoliciesTable policies() {
    return policies;
  }

  public IncarnationsTable incarnations() {
    return incarnations;
  }

  public RolloutsTable rollouts() {
    return rollouts;
  }

  public RewardsTable rewards() {
    return rewards;
  }

  public AnchorLogprobsTable anchorLogprobs() {
    return anchorLogprobs;
  }

  public StoredAdvantagesTable storedAdvantages() {
    return storedAdvantages;
  }

  public TrainStepsTable trainSteps() {
    return trainSteps;
  }

  public StepRolloutsTable stepRollouts() {
    return stepRollouts;
  }

  public HistoryStatisticsTable historyStatistics() {
    return historyStatistics;
  }

  public EvaluationsTable evaluations() {
    return evaluations;
  }

  public EvaluationResponsesTable evaluationResponses() {
    return evaluationResponses;
  }

  public StudiesTable studies() {
    return studies;
  }

  public LeasesTable leases() {
    return leases;
  }

  public RecallsTable recalls() {
    return recalls;
  }

  public PromptsRejectedTable promptsRejected() {
    return promptsRejected;
  }

  public List<LakeTable<?>> tables() {
    return List.of(
        prompts,
        policies,
        incarnations,
        rollouts,
        rewards,
        anchorLogprobs,
        storedAdvantages,
        trainSteps,
        stepRollouts,
        historyStatistics,
        evaluations,
        evaluationResponses,
        studies,
        leases,
        recalls,
        promptsRejected);
  }

  /**
   * Runs a query over views named like the tables, at their present versions, and over the views of
   * {@link SqlViews}. Views hold only what counts; the rows of every attempt stand in {@code
   * <table>_all}.
   */
  public Dataset<Row> sql(String query) {
    List<SqlViews.View> views = SqlViews.neededBy(query);
    String text = query + views.stream().map(SqlViews.View::statement).collect(joining());
    for (LakeTable<?> table : tables()) {
      if (SqlViews.mentions(text, table.name()) || SqlViews.mentions(text, table.name() + "_all")) {
        table.view();
        table.committed().createOrReplaceTempView(table.name());
      }
    }
    views.forEach(view -> spark.sql(view.statement()));
    return spark.sql(query);
  }
}

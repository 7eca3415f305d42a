package dev.sponge.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaAccess;
import com.tngtech.archunit.core.domain.properties.HasName;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom in spark-jobs. */
@AnalyzeClasses(
    packages = {"dev.sponge.jobs", "dev.sponge.datasets"},
    importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROLLOUT = "dev.sponge.jobs.rollout..";
  private static final String TRAINING = "dev.sponge.jobs.training..";
  private static final String EVALUATION = "dev.sponge.jobs.evaluation..";
  private static final String PREPARE = "dev.sponge.jobs.prepare..";
  private static final String LOOP = "dev.sponge.jobs.loop..";

  private static ArchRule apart(String from, String... others) {
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others);
  }

  @ArchTest
  static final ArchRule rolloutsKnowNoOtherJob =
      apart(ROLLOUT, TRAINING, EVALUATION, PREPARE, LOOP);

  @ArchTest
  static final ArchRule trainingKnowsNoOtherJob =
      apart(TRAINING, ROLLOUT, EVALUATION, PREPARE, LOOP);

  @ArchTest
  static final ArchRule evaluationKnowsNoOtherJob =
      apart(EVALUATION, ROLLOUT, TRAINING, PREPARE, LOOP);

  @ArchTest
  static final ArchRule prepareKnowsNoOtherJob =
      apart(PREPARE, ROLLOUT, TRAINING, EVALUATION, LOOP);

  @ArchTest
  static final ArchRule whatAllJobsShareKnowsNoJob =
      apart("dev.sponge.jobs.run..", ROLLOUT, TRAINING, EVALUATION, PREPARE, LOOP);

  @ArchTest
  static final ArchRule tablesKnowNoTrainingMathsAndNoJob =
      classes()
          .that()
          .resideInAPackage("dev.sponge.jobs.table..")
          .should()
          .onlyDependOnClassesThat()
          .resideOutsideOfPackages(
              "dev.sponge.rl.*..",
              "dev.sponge.jobs.run..",
              "dev.sponge.jobs.config..",
              "dev.sponge.jobs.cli..",
              ROLLOUT,
              TRAINING,
              EVALUATION,
              PREPARE,
              LOOP);

  @ArchTest
  static final ArchRule theCommandLineKnowsConfigReportAndTheStagesInterfaceAlone =
      apart(
          "dev.sponge.jobs.cli..",
          "dev.sponge.jobs.run..",
          "dev.sponge.jobs.table..",
          "dev.sponge.jobs.spark..",
          ROLLOUT,
          TRAINING,
          EVALUATION,
          PREPARE,
          LOOP,
          "dev.sponge.rl.*..",
          "dev.sponge.datasets..",
          "org.apache.spark..",
          "org.apache.hadoop..",
          "io.delta..",
          "ai.djl..");

  @ArchTest
  static final ArchRule configurationAndReportsNeedNoSparkAndNoEngine =
      noClasses()
          .that()
          .resideInAnyPackage("dev.sponge.jobs.config..", "dev.sponge.jobs.report..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache.spark..", "org.apache.hadoop..", "io.delta..", "dev.sponge.jobs.table..");

  /** A clock that goes backwards can change nothing that is not read. */
  @ArchTest
  static final ArchRule whatMakesARunReadsNoTimeFromTheTables =
      noClasses()
          .that()
          .resideInAnyPackage(ROLLOUT, TRAINING, EVALUATION, PREPARE, LOOP, "dev.sponge.jobs.run..")
          .should()
          .accessTargetWhere(
              JavaAccess.Predicates.target(HasName.Predicates.name("createdAt"))
                  .as("the time of a row"));

  @ArchTest
  static final ArchRule datasetsKnowNoTraining =
      apart(
          "dev.sponge.datasets..",
          "dev.sponge.rl.training..",
          "dev.sponge.rl.objective..",
          "dev.sponge.jobs..");
}

package dev.sponge.rl;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom in core-rl. */
@AnalyzeClasses(packages = "dev.sponge.rl", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String TENSOR = "dev.sponge.rl.tensor..";
  private static final String MODEL = "dev.sponge.rl.model..";
  private static final String TEXT = "dev.sponge.rl.text..";
  private static final String GENERATION = "dev.sponge.rl.generation..";
  private static final String REWARD = "dev.sponge.rl.reward..";
  private static final String ADVANTAGE = "dev.sponge.rl.advantage..";
  private static final String BATCH = "dev.sponge.rl.batch..";
  private static final String OBJECTIVE = "dev.sponge.rl.objective..";
  private static final String TRAINING = "dev.sponge.rl.training..";
  private static final String GGUF = "dev.sponge.rl.gguf..";
  private static final String[] IO = {
    "java.io..", "java.nio.file..", "java.nio.channels..", "java.net..", "com.google.gson.."
  };
  private static final String LOGGING = "org.slf4j..";

  private static ArchRule apart(String from, String... others) {
    return noClasses()
        .that()
        .resideInAPackage(from)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others);
  }

  @ArchTest
  static final ArchRule kernelsKnowNoOtherPackage =
      apart(TENSOR, MODEL, TEXT, GENERATION, REWARD, ADVANTAGE, OBJECTIVE, TRAINING);

  @ArchTest
  static final ArchRule modelsKnowNoObjectiveAndNoTraining =
      apart(MODEL, GENERATION, REWARD, ADVANTAGE, OBJECTIVE, TRAINING);

  @ArchTest
  static final ArchRule textKnowsNothingElse =
      apart(TEXT, TENSOR, MODEL, GENERATION, REWARD, ADVANTAGE, OBJECTIVE, TRAINING);

  @ArchTest
  static final ArchRule generationSeesTokenIdsAndAModel =
      apart(GENERATION, TEXT, REWARD, ADVANTAGE, OBJECTIVE, TRAINING);

  @ArchTest
  static final ArchRule rewardsSeeTextAlone =
      apart(REWARD, TENSOR, MODEL, TEXT, GENERATION, ADVANTAGE, OBJECTIVE, TRAINING, "ai.djl..");

  @ArchTest
  static final ArchRule advantagesArePure =
      apart(ADVANTAGE, TENSOR, MODEL, TEXT, GENERATION, REWARD, OBJECTIVE, TRAINING, LOGGING);

  @ArchTest
  static final ArchRule batchRulesSeeRewardsAlone =
      apart(
          BATCH,
          TENSOR,
          MODEL,
          TEXT,
          GENERATION,
          REWARD,
          ADVANTAGE,
          OBJECTIVE,
          TRAINING,
          LOGGING,
          "ai.djl..");

  @ArchTest static final ArchRule batchRulesDoNoIo = apart(BATCH, IO);

  @ArchTest
  static final ArchRule objectivesArePure =
      apart(OBJECTIVE, TENSOR, MODEL, TEXT, GENERATION, REWARD, ADVANTAGE, TRAINING, LOGGING);

  @ArchTest static final ArchRule advantagesDoNoIo = apart(ADVANTAGE, IO);

  @ArchTest static final ArchRule objectivesDoNoIo = apart(OBJECTIVE, IO);

  @ArchTest
  static final ArchRule trainingTakesTokensAdvantagesAndRandomNumbersAlone =
      noClasses()
          .that()
          .resideInAPackage(TRAINING)
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(TEXT, REWARD)
          .orShould()
          .dependOnClassesThat(
              com.tngtech.archunit.base.DescribedPredicate.describe(
                  "sample responses",
                  type ->
                      type.getPackageName().equals("dev.sponge.rl.generation")
                          && !type.getSimpleName().equals("TokenRandom")));

  @ArchTest
  static final ArchRule importsSeeModelFilesAlone =
      apart(GGUF, TENSOR, TEXT, GENERATION, REWARD, ADVANTAGE, OBJECTIVE, TRAINING);

  @ArchTest
  static final ArchRule coreKnowsNoClusterAndNoTables =
      apart(
          "dev.sponge.rl..",
          "org.apache.spark..",
          "org.apache.hadoop..",
          "io.delta..",
          "scala..",
          "dev.sponge.jobs..",
          "dev.sponge.datasets..");

  @ArchTest
  static void thePackagesFormNoCycle(JavaClasses classes) {
    slices().matching("dev.sponge.rl.(*)..").should().beFreeOfCycles().check(classes);
  }
}

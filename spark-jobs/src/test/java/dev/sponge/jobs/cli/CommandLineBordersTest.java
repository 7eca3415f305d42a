package dev.sponge.jobs.cli;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "dev.sponge.jobs", importOptions = ImportOption.DoNotIncludeTests.class)
class CommandLineBordersTest {
  @ArchTest
  static final ArchRule commandLineConfigAndReportsKnowNoSparkAndNoEngine =
      noClasses()
          .that()
          .resideInAnyPackage(
              "dev.sponge.jobs.cli", "dev.sponge.jobs.config", "dev.sponge.jobs.report")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.apache..", "io.delta..", "ai.djl..", "scala..", "dev.sponge.jobs.table..");

  @ArchTest
  static final ArchRule configKnowsNeitherCommandLineNorReports =
      noClasses()
          .that()
          .resideInAPackage("dev.sponge.jobs.config")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("dev.sponge.jobs.cli", "dev.sponge.jobs.report");
}

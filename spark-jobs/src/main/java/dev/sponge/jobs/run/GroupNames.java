package dev.sponge.jobs.run;

/** Ids of groups: the answers of one policy version to one prompt. */
public final class GroupNames {
  private static final String AGAIN = "/again";

  private GroupNames() {}

  /** A prompt of the step's own block. */
  public static String fresh(String promptId, int policyVersion) {
    return promptId + "@" + policyVersion;
  }

  /** A hard prompt of the history that a later policy is asked again. */
  public static String again(String promptId, int policyVersion) {
    return fresh(promptId, policyVersion) + AGAIN;
  }

  /** Whether the id is that of a hard prompt asked again. */
  public static boolean isAgain(String groupId) {
    return groupId.endsWith(AGAIN);
  }
}

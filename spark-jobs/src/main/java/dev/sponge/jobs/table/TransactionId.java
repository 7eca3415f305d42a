package dev.sponge.jobs.table;

import java.io.Serializable;

/**
 * The identity of one commit, stored in the Delta log with it. Delta refuses a second commit of the
 * same application with a version that is not larger.
 *
 * @param appId {@code run / stage}, with the attempt where rows carry one
 * @param version policy version or step
 */
public record TransactionId(String appId, long version) implements Serializable {
  static TransactionId of(long version, Object... parts) {
    StringBuilder appId = new StringBuilder("sponge");
    for (Object part : parts) {
      // A slash in a name must not make two identities equal.
      appId.append('/').append(part.toString().replace("%", "%25").replace("/", "%2F"));
    }
    return new TransactionId(appId.toString(), version);
  }
}

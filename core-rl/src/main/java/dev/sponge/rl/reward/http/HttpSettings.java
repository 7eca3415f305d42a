package dev.sponge.rl.reward.http;

import java.net.URI;
import java.time.Duration;

/**
 * How a verifying service is called.
 *
 * @param url http or https, with a host and without user name
 * @param version the service's own, as the user names it; letters, digits, dots, hyphens
 * @param timeout of one try, from connecting to the last byte
 * @param retries further tries after the first
 * @param backOff wait before the first further try; doubles with each, up to 30 s
 * @param failuresToOpen failed tries in a row after which the service is left alone
 * @param openFor how long it is left alone before one try
 */
public record HttpSettings(
    URI url,
    String version,
    Duration timeout,
    int retries,
    Duration backOff,
    int failuresToOpen,
    Duration openFor) {
  public HttpSettings {
    boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
    if (!web || url.getHost() == null || url.getUserInfo() != null) {
      throw new IllegalArgumentException("url is " + url);
    }
    if (!version.matches("[\\w.-]+")) {
      throw new IllegalArgumentException("version is '" + version + "'");
    }
    if (timeout.isNegative() || timeout.isZero() || backOff.isNegative() || openFor.isNegative()) {
      throw new IllegalArgumentException(
          "timeout %s, backOff %s, openFor %s".formatted(timeout, backOff, openFor));
    }
    if (retries < 0 || failuresToOpen < 1) {
      throw new IllegalArgumentException(
          "retries %d, failuresToOpen %d".formatted(retries, failuresToOpen));
    }
  }
}

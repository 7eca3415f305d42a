package dev.sponge.datasets.imports;

import dev.sponge.datasets.RejectionReason;

/** A row of a data set that cannot become a prompt; the message says why. */
public final class RowRejected extends Exception {
  private static final long serialVersionUID = 1L;

  private final RejectionReason reason;

  RowRejected(RejectionReason reason, String detail) {
    super(detail);
    this.reason = reason;
  }

  public RejectionReason reason() {
    return reason;
  }
}

package dev.sponge.rl.reward.math;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;

/** The points at which two expressions are evaluated: fixed by the names of their variables. */
final class Points {
  /** The prime of the first test. */
  static final long MERSENNE = (1L << 61) - 1;

  /** How many points are tried. */
  static final int COUNT = 8;

  /** The first of the real points with negative coordinates. */
  static final int NEGATIVE = 7;

  private static final long[] SMALL_PRIMES = primes();
  private static final double[] REAL = {1.3717, 0.6180, 2.7431, 5.1913};
  private static final int[] WHOLE = {2, 3, 7, 23, 11, 4, 101, 9, 17, 13, 211};

  private Points() {}

  /**
   * A prime of 31 bits that depends on the expressions, so that no number is a multiple of every
   * prime used.
   */
  static long secondPrime(String first, String second) {
    return SMALL_PRIMES[
        Math.floorMod(first.hashCode() * 31 ^ second.hashCode() * 31, SMALL_PRIMES.length)];
  }

  /** Variables that stand in exponents, factorials and the like: they are given whole numbers. */
  static Set<String> wholeVariables(Node node) {
    Set<String> names = new TreeSet<>();
    collect(node, names);
    return names;
  }

  private static Node collect(Node node, Set<String> names) {
    if (node instanceof Node.Pow power) {
      names.addAll(Nodes.variables(power.exponent()));
    } else if (node instanceof Node.Fn function && function.function().whole()) {
      names.addAll(Nodes.variables(function));
    }
    return node.mapped(child -> collect(child, names));
  }

  /** Small whole numbers for variables at a point. */
  static Map<String, Fraction> whole(Set<String> names, int point) {
    Map<String, Fraction> values = new HashMap<>();
    int index = 0;
    for (String name : names) {
      values.put(name, Fraction.of(WHOLE[(index * 3 + point) % WHOLE.length]));
      index++;
    }
    return values;
  }

  /** Values modulo a prime: the whole numbers, and random ones for everything else. */
  static Map<String, Long> modular(
      Set<String> names, Map<String, Fraction> whole, int point, long prime) {
    Map<String, Long> values = new HashMap<>();
    for (String name : names) {
      Fraction fixed = whole.get(name);
      values.put(name, fixed == null ? random(name, point, prime) : fixed.numerator().longValue());
    }
    return withConstants(values, point, prime);
  }

  /** Pi and e as if they were variables. */
  static Map<String, Long> withConstants(Map<String, Long> values, int point, long prime) {
    values.put("const PI", random("pi", point, prime));
    values.put("const E", random("e", point, prime));
    return values;
  }

  private static long random(String name, int point, long prime) {
    Random random = new Random(name.hashCode() * 1_000_003L + point);
    return 2 + Math.floorMod(random.nextLong(), prime - 2);
  }

  /** Points in doubles: four positive ones, three of whole numbers, two negative ones. */
  static List<Map<String, Double>> real(Set<String> names) {
    List<Map<String, Double>> points = new ArrayList<>();
    for (int point = 0; point < 9; point++) {
      Map<String, Double> values = new HashMap<>();
      int index = 0;
      for (String name : names) {
        values.put(name, coordinate(point, index));
        index++;
      }
      points.add(values);
    }
    return points;
  }

  private static double coordinate(int point, int index) {
    double shift = 0.1371 * index;
    if (point < 4) {
      return REAL[(point + index) % REAL.length] + shift;
    }
    if (point < NEGATIVE) {
      return WHOLE[(index * 3 + point) % WHOLE.length];
    }
    return -REAL[(point + index) % REAL.length] / 2 - shift;
  }

  private static long[] primes() {
    long[] primes = new long[64];
    Random random = new Random(2_305_843_009L);
    for (int i = 0; i < primes.length; i++) {
      primes[i] = BigInteger.probablePrime(31, random).longValue();
    }
    return primes;
  }
}

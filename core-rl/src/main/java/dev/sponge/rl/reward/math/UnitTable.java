package dev.sponge.rl.reward.math;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The units that answers may carry, with the spellings of each. */
final class UnitTable {
  private static final String[] UNITS = {
    "cm centimeter centimeters centimetre centimetres cms",
    "mm millimeter millimeters millimetre millimetres",
    "m meter meters metre metres",
    "km kilometer kilometers kilometre kilometres",
    "in inch inches",
    "ft foot feet",
    "yd yard yards",
    "mi mile miles",
    "nm nanometer nanometers",
    "light-year lightyears",
    "g gram grams",
    "kg kilogram kilograms kilo kilos",
    "mg milligram milligrams",
    "lb lbs pound pounds",
    "oz ounce ounces",
    "ton tons tonne tonnes",
    "s sec secs second seconds",
    "min mins minute minutes",
    "h hr hrs hour hours",
    "day days",
    "week weeks",
    "month months",
    "yr yrs year years",
    "ms millisecond milliseconds",
    "dollar dollars usd",
    "cent cents",
    "euro euros eur",
    "rupee rupees",
    "degree degrees deg",
    "radian radians rad rads",
    "unit units",
    "l liter liters litre litres",
    "ml milliliter milliliters",
    "gal gallon gallons",
    "quart quarts",
    "pint pints",
    "cup cups",
    "teaspoon teaspoons",
    "tablespoon tablespoons",
    "acre acres",
    "hectare hectares",
    "mph",
    "kph kmh",
    "hz hertz",
    "khz",
    "mhz",
    "ghz",
    "j joule joules",
    "kj",
    "cal calorie calories",
    "kcal",
    "w watt watts",
    "kw kilowatt kilowatts",
    "v volt volts",
    "a ampere amperes amp amps",
    "ohm ohms",
    "pa pascal pascals",
    "kpa",
    "mpa",
    "atm atmosphere atmospheres",
    "bar bars",
    "n newton newtons",
    "k kelvin",
    "celsius",
    "fahrenheit",
    "mol mole moles",
    "ev",
    "kev",
    "mev",
    "gev",
    "erg ergs",
    "angstrom angstroms",
    "pc parsec parsecs",
    "kpc",
    "mpc",
    "au",
    "am",
    "pm",
    "arcsecond arcseconds arcsec",
    "st",
    "nd",
    "rd",
    "th",
    "percent"
  };
  private static final Map<String, String> NAMES = names();

  /** Spellings that count as a unit outside braces of words; the others could be variables. */
  private static final Set<String> PLAIN =
      Set.of(
          "cm", "mm", "km", "kg", "ft", "lb", "lbs", "hr", "hrs", "min", "sec", "mph", "kph", "Hz",
          "kHz", "MHz", "GHz", "mol", "mL", "ml", "eV", "keV", "MeV", "day", "deg", "yd", "oz",
          "inch", "feet", "foot", "mile", "yard", "unit", "cent", "gram", "rad", "cup", "th", "st",
          "nd", "rd", "USD", "kcal", "ton", "tons", "per", "sq", "am", "pm", "AM", "PM", "erg",
          "kpc", "cups", "days");

  private UnitTable() {}

  /** A unit in its canonical form. */
  record Unit(String name, boolean known) {}

  /** Whether letters outside braces of words, after a number, are a unit. */
  static boolean plain(String word) {
    return PLAIN.contains(word);
  }

  /** Whether the word is the ending of an ordinal number. */
  static boolean ordinal(String word) {
    return word.equals("st") || word.equals("nd") || word.equals("rd") || word.equals("th");
  }

  /** The exponent of ten that a number word stands for; 0 if it is none. */
  static int scale(String word) {
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "hundred" -> 2;
      case "thousand" -> 3;
      case "million" -> 6;
      case "billion" -> 9;
      case "trillion" -> 12;
      default -> 0;
    };
  }

  /**
   * The unit that words and their exponents name.
   *
   * @param words as written, one entry for each group of words
   * @param exponents the exponent after each group, 1 without
   */
  static Unit of(List<String> words, List<Integer> exponents) {
    List<String> parts = new ArrayList<>();
    boolean known = true;
    boolean inverted = false;
    for (int i = 0; i < words.size(); i++) {
      String spelled = words.get(i).replace("/", " / ").replace('-', ' ').replace(".", "").strip();
      String[] single = spelled.split(" +", -1);
      int power = 1;
      for (int j = 0; j < single.length; j++) {
        String word = single[j].toLowerCase(Locale.ROOT);
        switch (word) {
          case "square", "sq", "squared" -> power = 2;
          case "cubic", "cu", "cubed" -> power = 3;
          case "per", "/" -> inverted = true;
          default -> {
            String name = NAMES.get(word);
            known &= name != null;
            int last = j == single.length - 1 ? exponents.get(i) : 1;
            int exponent = (inverted ? -1 : 1) * power * last;
            parts.add((name == null ? word : name) + (exponent == 1 ? "" : "^" + exponent));
            power = 1;
            inverted = false;
          }
        }
      }
    }
    if (known) {
      Collections.sort(parts);
    }
    return new Unit(String.join(" ", parts), known && !parts.isEmpty());
  }

  private static Map<String, String> names() {
    Map<String, String> names = new HashMap<>();
    for (String unit : UNITS) {
      String[] spellings = unit.split(" ", -1);
      for (String spelling : spellings) {
        names.put(spelling, spellings[0]);
      }
    }
    return Map.copyOf(names);
  }
}

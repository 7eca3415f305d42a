package dev.sponge.rl.text.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** C's strftime in the C locale, without time zone. */
final class Strftime {
  private Strftime() {}

  static String format(String format, LocalDateTime time) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c != '%') {
        out.append(c);
      } else if (++i < format.length()) {
        boolean bare = format.charAt(i) == '-' && i + 1 < format.length();
        i += bare ? 1 : 0;
        String field = field(format.charAt(i), time);
        out.append(bare && field.matches("0+\\d+") ? field.replaceFirst("^0+(?=\\d)", "") : field);
      } else {
        throw new JinjaException("a time format ends with %");
      }
    }
    return out.toString();
  }

  private static String field(char letter, LocalDateTime time) {
    String pattern =
        switch (letter) {
          case 'd' -> "dd";
          case 'm' -> "MM";
          case 'Y' -> "yyyy";
          case 'y' -> "yy";
          case 'H' -> "HH";
          case 'I' -> "hh";
          case 'M' -> "mm";
          case 'S' -> "ss";
          case 'p' -> "a";
          case 'A' -> "EEEE";
          case 'a' -> "EEE";
          case 'B' -> "MMMM";
          case 'b', 'h' -> "MMM";
          case 'j' -> "DDD";
          case 'F' -> "yyyy-MM-dd";
          case 'T' -> "HH:mm:ss";
          case 'R' -> "HH:mm";
          case 'D' -> "MM/dd/yy";
          case '%' -> "'%'";
          case 'n' -> "'\n'";
          case 't' -> "'\t'";
          default -> throw new JinjaException("the time format %" + letter + " is not supported");
        };
    return time.format(DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH));
  }
}

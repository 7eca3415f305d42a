package dev.sponge.rl.text.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Python's str: what counts as white space, case, splitting, escapes. Lengths are code points. */
final class PyString {
  private PyString() {}

  static boolean isSpace(int c) {
    return (c >= 0x09 && c <= 0x0d)
        || (c >= 0x1c && c <= 0x20)
        || c == 0x85
        || c == 0xa0
        || c == 0x1680
        || (c >= 0x2000 && c <= 0x200a)
        || c == 0x2028
        || c == 0x2029
        || c == 0x202f
        || c == 0x205f
        || c == 0x3000;
  }

  private static boolean isLineEnd(char c) {
    return (c >= 0x0a && c <= 0x0d)
        || (c >= 0x1c && c <= 0x1e)
        || c == 0x85
        || c == 0x2028
        || c == 0x2029;
  }

  private static boolean stripped(int c, String chars) {
    return chars == null ? isSpace(c) : chars.indexOf(c) >= 0;
  }

  /**
   * @param chars what to take away; null for white space
   */
  static String stripLeft(String text, String chars) {
    int start = 0;
    while (start < text.length() && stripped(text.codePointAt(start), chars)) {
      start += Character.charCount(text.codePointAt(start));
    }
    return text.substring(start);
  }

  static String stripRight(String text, String chars) {
    int end = text.length();
    while (end > 0 && stripped(text.codePointBefore(end), chars)) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(0, end);
  }

  static String strip(String text, String chars) {
    return stripRight(stripLeft(text, chars), chars);
  }

  static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  static String upper(String text) {
    return text.toUpperCase(Locale.ROOT);
  }

  static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }

  private static String titled(int c) {
    String one = Character.toString(c);
    String upper = upper(one);
    return upper.length() > one.length()
        ? upper.substring(0, 1) + lower(upper.substring(1))
        : Character.toString(Character.toTitleCase(c));
  }

  static String capitalize(String text) {
    if (text.isEmpty()) {
      return text;
    }
    int first = text.codePointAt(0);
    return titled(first) + lower(text.substring(Character.charCount(first)));
  }

  /** str.title: a letter behind anything that has no case begins a word. */
  static String title(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      boolean cased =
          Character.isUpperCase(c) || Character.isLowerCase(c) || Character.isTitleCase(c);
      out.append(inWord ? lower(Character.toString(c)) : titled(c));
      inWord = cased;
    }
    return out.toString();
  }

  /**
   * The filter title: a letter behind white space, a hyphen or an opening bracket begins a word.
   */
  static String titleWords(String text) {
    StringBuilder out = new StringBuilder();
    boolean inWord = false;
    for (int c : text.codePoints().toArray()) {
      boolean border = isSpace(c) || "-({[<".indexOf(c) >= 0;
      String one = Character.toString(c);
      out.append(border ? one : inWord ? lower(one) : upper(one));
      inWord = !border;
    }
    return out.toString();
  }

  /** str.split without separator. */
  static List<Object> splitSpace(String text, long max) {
    List<Object> parts = new ArrayList<>();
    String rest = stripLeft(text, null);
    while (!rest.isEmpty()) {
      if (max >= 0 && parts.size() >= max) {
        parts.add(stripRight(rest, null));
        break;
      }
      int end = 0;
      while (end < rest.length() && !isSpace(rest.charAt(end))) {
        end++;
      }
      parts.add(rest.substring(0, end));
      rest = stripLeft(rest.substring(end), null);
    }
    return parts;
  }

  static List<Object> split(String text, String separator, long max) {
    if (separator.isEmpty()) {
      throw new JinjaException("empty separator");
    }
    List<Object> parts = new ArrayList<>();
    int start = 0;
    int end = text.indexOf(separator);
    while (end >= 0 && (max < 0 || parts.size() < max)) {
      parts.add(text.substring(start, end));
      start = end + separator.length();
      end = text.indexOf(separator, start);
    }
    parts.add(text.substring(start));
    return parts;
  }

  static List<Object> splitRight(String text, String separator, long max) {
    if (separator.isEmpty()) {
      throw new JinjaException("empty separator");
    }
    List<Object> parts = new ArrayList<>();
    int end = text.length();
    while (max < 0 || parts.size() < max) {
      int start =
          end < separator.length() ? -1 : text.lastIndexOf(separator, end - separator.length());
      if (start < 0) {
        break;
      }
      parts.add(0, text.substring(start + separator.length(), end));
      end = start;
    }
    parts.add(0, text.substring(0, end));
    return parts;
  }

  static List<Object> splitLines(String text, boolean keepEnds) {
    List<Object> lines = new ArrayList<>();
    int start = 0;
    while (start < text.length()) {
      int end = start;
      while (end < text.length() && !isLineEnd(text.charAt(end))) {
        end++;
      }
      int next = Math.min(text.length(), end + (text.startsWith("\r\n", end) ? 2 : 1));
      lines.add(text.substring(start, keepEnds ? next : end));
      start = next;
    }
    return lines;
  }

  static String replace(String text, String old, String with, long max) {
    if (max == 0) {
      return text;
    }
    if (max < 0) {
      return old.isEmpty() ? replaceEmpty(text, with, Long.MAX_VALUE) : text.replace(old, with);
    }
    if (old.isEmpty()) {
      return replaceEmpty(text, with, max);
    }
    StringBuilder out = new StringBuilder();
    int start = 0;
    int end = text.indexOf(old);
    for (long n = 0; n < max && end >= 0; n++) {
      out.append(text, start, end).append(with);
      start = end + old.length();
      end = text.indexOf(old, start);
    }
    return out.append(text.substring(start)).toString();
  }

  private static String replaceEmpty(String text, String with, long max) {
    StringBuilder out = new StringBuilder();
    long n = 0;
    for (int c : text.codePoints().toArray()) {
      out.append(n++ < max ? with : "").appendCodePoint(c);
    }
    return out.append(n < max ? with : "").toString();
  }

  static long count(String text, String part) {
    if (part.isEmpty()) {
      return length(text) + 1L;
    }
    long n = 0;
    for (int at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + part.length())) {
      n++;
    }
    return n;
  }

  /** Position in code points, or -1. */
  static long find(String text, String part, boolean last) {
    int at = last ? text.lastIndexOf(part) : text.indexOf(part);
    return at < 0 ? -1 : text.codePointCount(0, at);
  }

  /** The text of a string literal: Python's escapes, unknown ones left as they are. */
  static String unescape(String literal) {
    if (literal.indexOf('\\') < 0) {
      return literal;
    }
    StringBuilder out = new StringBuilder();
    int i = 0;
    while (i < literal.length()) {
      char c = literal.charAt(i++);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      char e = literal.charAt(i++);
      switch (e) {
        case '\n' -> {}
        case '\\', '\'', '"' -> out.append(e);
        case 'a' -> out.append('\u0007');
        case 'b' -> out.append('\b');
        case 'f' -> out.append('\f');
        case 'n' -> out.append('\n');
        case 'r' -> out.append('\r');
        case 't' -> out.append('\t');
        case 'v' -> out.append('\u000b');
        case 'x' -> i = hex(literal, i, 2, out);
        case 'u' -> i = hex(literal, i, 4, out);
        case 'U' -> i = hex(literal, i, 8, out);
        case 'N' -> throw new JinjaException("escape \\N{...} is not supported");
        case '0', '1', '2', '3', '4', '5', '6', '7' -> i = octal(literal, i - 1, out);
        default -> out.append('\\').append(e);
      }
    }
    return out.toString();
  }

  private static int hex(String literal, int from, int digits, StringBuilder out) {
    String text = literal.substring(from, Math.min(literal.length(), from + digits));
    if (!text.matches("[0-9a-fA-F]{" + digits + "}")) {
      throw new JinjaException("a string has a broken escape \\" + literal.charAt(from - 1) + text);
    }
    long codePoint = Long.parseLong(text, 16);
    if (codePoint > Character.MAX_CODE_POINT) {
      throw new JinjaException("a string has an escape beyond Unicode: " + text);
    }
    out.appendCodePoint((int) codePoint);
    return from + digits;
  }

  private static int octal(String literal, int from, StringBuilder out) {
    int end = from;
    int value = 0;
    while (end < literal.length()
        && end < from + 3
        && literal.charAt(end) >= '0'
        && literal.charAt(end) <= '7') {
      value = value * 8 + literal.charAt(end++) - '0';
    }
    out.append((char) value);
    return end;
  }
}

package dev.sponge.datasets;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Slow second opinion on the answer of a prompt: reads the text as a pupil would. */
final class PromptEvaluator {
  private final String text;
  private int position;

  private PromptEvaluator(String text) {
    this.text = text;
  }

  static int evaluate(String prompt) {
    if (prompt.startsWith("Compute ")) {
      return new PromptEvaluator(prompt.substring("Compute ".length(), prompt.indexOf('.'))).sum();
    }
    int value = -1;
    for (String sentence : prompt.split("\\.", -1)) {
      Matcher number = Pattern.compile("\\d+").matcher(sentence);
      if (!number.find()) {
        continue;
      }
      int operand = Integer.parseInt(number.group());
      if (sentence.contains("Add") || sentence.contains("gets")) {
        value += operand;
      } else if (sentence.contains("Subtract") || sentence.contains("gives away")) {
        value -= operand;
      } else if (sentence.contains("Multiply") || sentence.contains("-fold")) {
        value *= operand;
      } else {
        value = operand;
      }
    }
    return value;
  }

  private int sum() {
    int value = product();
    while (position < text.length() && "+-".indexOf(text.charAt(position)) >= 0) {
      value = text.charAt(position++) == '+' ? value + product() : value - product();
    }
    return value;
  }

  private int product() {
    int value = factor();
    while (position < text.length() && text.charAt(position) == '*') {
      position++;
      value *= factor();
    }
    return value;
  }

  private int factor() {
    if (text.charAt(position) == '(') {
      position++;
      int value = sum();
      position++;
      return value;
    }
    int start = position;
    while (position < text.length() && Character.isDigit(text.charAt(position))) {
      position++;
    }
    return Integer.parseInt(text.substring(start, position));
  }
}

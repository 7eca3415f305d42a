package dev.sponge.rl.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sponge.rl.SpongeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  @TempDir Path dir;

  @BeforeEach
  void fill() throws IOException {
    Files.writeString(dir.resolve("config.json"), "abc");
    Files.createDirectories(dir.resolve("trainer"));
    Files.write(dir.resolve("trainer/state.json"), new byte[3_000_000]);
    Files.writeString(dir.resolve("empty"), "");
    Files.writeString(dir.resolve(".config.json.crc"), "checksum of another tool");
  }

  private void assertDamaged(String... parts) {
    assertThatThrownBy(() -> Manifest.verify(dir))
        .isInstanceOf(SpongeException.class)
        .satisfies(e -> assertThat(parts).allMatch(e.getMessage()::contains));
  }

  @Test
  void everyFileIsListedWithSizeAndChecksum() {
    Manifest written = Manifest.write(dir);
    assertThat(written.files()).containsOnlyKeys("config.json", "empty", "trainer/state.json");
    // SHA-256 test vector of FIPS 180-2 for "abc".
    assertThat(written.files().get("config.json"))
        .isEqualTo(
            new Manifest.Entry(
                3, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"));
    assertThat(written.files().get("trainer/state.json").size()).isEqualTo(3_000_000);
    assertThat(Manifest.verify(dir)).isEqualTo(written);
  }

  @Test
  void aForgottenSubdirectoryMayBeRemovedAndTheRestStaysVerified() throws IOException {
    Manifest.write(dir);
    assertThat(Manifest.forget(dir, "trainer").files()).containsOnlyKeys("config.json", "empty");
    Files.delete(dir.resolve("trainer/state.json"));
    Manifest.verify(dir);
    Files.writeString(dir.resolve("config.json"), "abd");
    assertDamaged("config.json");
  }

  @Test
  void withoutManifestThereIsNoCheckpoint() {
    assertThat(Manifest.exists(dir)).isFalse();
    assertDamaged("no manifest.json");
    Manifest.write(dir);
    assertThat(Manifest.exists(dir)).isTrue();
  }

  @Test
  void writingAgainReplacesAndDoesNotListItself() {
    Manifest first = Manifest.write(dir);
    assertThat(Manifest.write(dir)).isEqualTo(first);
  }

  @Test
  void aChangedByteIsNoticed() throws IOException {
    Manifest.write(dir);
    byte[] bytes = new byte[3_000_000];
    bytes[2_999_999] = 1;
    Files.write(dir.resolve("trainer/state.json"), bytes);
    assertDamaged("trainer/state.json", "sha256");
  }

  @Test
  void aMissingOrShorterFileIsNoticed() throws IOException {
    Manifest.write(dir);
    Files.writeString(dir.resolve("config.json"), "ab");
    assertDamaged("config.json", "2 bytes instead of 3");
    Files.delete(dir.resolve("config.json"));
    assertDamaged("config.json is missing");
  }

  @Test
  void filesAddedLaterAreNotPartOfTheCheckpoint() throws IOException {
    Manifest written = Manifest.write(dir);
    Files.writeString(dir.resolve("README.md"), "notes");
    assertThat(Manifest.verify(dir)).isEqualTo(written);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{}",
        "{\"format\":2,\"files\":{}}",
        "{\"format\":1}",
        "{\"format\":1,\"files\":[]}",
        "{\"format\":1,\"files\":{\"a\":1}}",
        "{\"format\":1,\"files\":{\"a\":{\"size\":1}}}",
        "{\"format\":1,\"files\":{\"a\":{\"size\":\"x\",\"sha256\":\"\"}}}",
        "{\"format\":[],\"files\":{}}",
        "{\"format\":{},\"files\":{}}",
        "{\"format\":1,\"files\":{\"../a\":{\"size\":1,\"sha256\":\"\"}}}",
        "{\"format\":1,\"files\":{\"/a\":{\"size\":1,\"sha256\":\"\"}}}",
        "{\"format\":1,\"files\":{\"b/../../a\":{\"size\":1,\"sha256\":\"\"}}}",
        "{\"format\":1,\"files\":{\"\":{\"size\":1,\"sha256\":\"\"}}}",
      })
  void aBrokenManifestIsDamage(String text) throws IOException {
    Files.writeString(dir.resolve("manifest.json"), text);
    assertDamaged("damaged", "manifest.json");
  }
}

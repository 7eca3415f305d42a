package dev.sponge.rl.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.djl.Device;
import ai.djl.engine.Engine;
import dev.sponge.rl.UserError;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DevicesTest {
  @Test
  void cpuIsCpuWhateverSparkAssigned() {
    assertThat(Devices.resolve(Devices.Request.CPU, Optional.of("3"))).isEqualTo(Device.cpu());
    assertThat(Devices.resolve(Devices.Request.CPU, Optional.empty())).isEqualTo(Device.cpu());
  }

  @Test
  void gpuIsTheFirstOneOfTheMachine() {
    assertThat(Devices.resolve(Devices.Request.GPU, Optional.of("3"))).isEqualTo(Device.gpu(0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "5", " 7 "})
  void sparkTakesTheAddressOfTheTask(String address) {
    assertThat(Devices.resolve(Devices.Request.SPARK, Optional.of(address)))
        .isEqualTo(Device.gpu(Integer.parseInt(address.strip())));
  }

  @Test
  void sparkWithoutAnAddressIsRefusedWithTheSettingsToMake() {
    assertThatThrownBy(() -> Devices.resolve(Devices.Request.SPARK, Optional.empty()))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("engine.device = spark")
        .hasMessageContaining("spark.task.resource.gpu.amount");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "-1", "gpu0", "GPU-9a1b", "99999999999"})
  void anAddressThatIsNoNumberIsRefused(String address) {
    assertThatThrownBy(() -> Devices.resolve(Devices.Request.SPARK, Optional.of(address)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("'" + address + "'")
        .hasMessageContaining("discoveryScript");
  }

  @Test
  void theCpuIsAlwaysThere() {
    assertThatCode(() -> Devices.require(Device.cpu())).doesNotThrowAnyException();
  }

  @Test
  void aGpuThatIsNotThereIsRefusedByItsNumber() {
    TorchEngine.start();
    int absent = Engine.getInstance().getGpuCount() + 5;
    assertThatThrownBy(() -> Devices.require(Device.gpu(absent)))
        .isInstanceOf(UserError.class)
        .hasMessageContaining("gpu(" + absent + ")")
        .hasMessageContaining("engine.device");
  }
}

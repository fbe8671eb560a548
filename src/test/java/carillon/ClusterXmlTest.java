package carillon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** The jar brings its own copy, so that no working directory makes a node fall back to multicast. */
class ClusterXmlTest {

  @Test
  void copyInTheJar_andTheFileInConf_areTheSame() throws Exception {
    try (InputStream copy = Launcher.class.getResourceAsStream("/cluster.xml")) {
      assertEquals(
          Files.readString(Path.of("conf", "cluster.xml")),
          new String(Objects.requireNonNull(copy).readAllBytes(), StandardCharsets.UTF_8));
    }
  }
}

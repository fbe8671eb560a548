package carillon.http;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.Random;

/** Changes valid input at random, so that most of it stays as it was. For one thread. */
final class Mutation {

  private static final String STRUCTURE = "%\r\n:{}[]\",;=&/*.\0- +?#\\\u00ff\u00c0\u0080";

  private final Random random;

  Mutation(Random random) {
    this.random = random;
  }

  /** One of {@code valid}, changed. */
  byte[] changed(byte[][] valid) {
    return changed(valid[random.nextInt(valid.length)], valid[random.nextInt(valid.length)]);
  }

  /** One to four changes: an octet, a bit, something of the structure put in, a piece twice, gone, or of another. */
  private byte[] changed(byte[] valid, byte[] other) {
    byte[] bytes = valid.clone();
    for (int times = 1 + random.nextInt(4); times > 0; times--) {
      int at = random.nextInt(bytes.length + 1);
      int to = Math.min(bytes.length, at + random.nextInt(16));
      bytes =
          switch (random.nextInt(7)) {
            case 0 -> joined(bytes, at, new byte[] {(byte) random.nextInt(256)}, Math.min(bytes.length, at + 1));
            case 1 -> joined(bytes, at, new byte[] {structure()}, at);
            case 2 -> joined(bytes, at, new byte[] {structure()}, Math.min(bytes.length, at + 1));
            case 3 -> joined(bytes, to, Arrays.copyOfRange(bytes, at, to), to);
            case 4 -> joined(bytes, at, new byte[0], to);
            case 5 -> joined(bytes, at, Arrays.copyOfRange(other, random.nextInt(other.length + 1), other.length), to);
            default -> repeated(bytes, at);
          };
    }
    return bytes;
  }

  private byte structure() {
    return (byte) STRUCTURE.charAt(random.nextInt(STRUCTURE.length()));
  }

  private byte[] repeated(byte[] bytes, int at) {
    if (at == bytes.length) {
      return bytes;
    }
    byte[] many = new byte[1 << random.nextInt(10)];
    Arrays.fill(many, bytes[at]);
    return joined(bytes, at, many, at);
  }

  /** {@code bytes} up to {@code from}, then {@code middle}, then {@code bytes} from {@code to} on. */
  private static byte[] joined(byte[] bytes, int from, byte[] middle, int to) {
    var all = new ByteArrayOutputStream(bytes.length + middle.length);
    all.write(bytes, 0, from);
    all.writeBytes(middle);
    all.write(bytes, to, bytes.length - to);
    return all.toByteArray();
  }
}

package carillon.config;

/**
 * The recent frames each node keeps. Immutable.
 *
 * @param recentFramesMax most frames
 * @param recentBytesMax most bytes of frames; 0: an eighth of the largest heap, but no more than 64 MiB
 */
public record TailOptions(int recentFramesMax, long recentBytesMax) {}

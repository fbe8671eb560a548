package carillon.config;

/**
 * The recent frames each node keeps. Immutable.
 *
 * @param recentFramesMax most frames
 * @param recentBytesMax most bytes of frames
 */
public record TailOptions(int recentFramesMax, long recentBytesMax) {}

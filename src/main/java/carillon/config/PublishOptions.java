package carillon.config;

/**
 * The publisher's bounds. Immutable.
 *
 * @param groupEventsMax most drafts committed as one group
 * @param groupBytesMax most bytes of data committed as one group; a single larger draft is a group of its own
 * @param waitingEventsMax most drafts that wait for their group; beyond it drafts are refused
 * @param waitingBytesMax most bytes of data that wait for their group; beyond it drafts are refused
 */
public record PublishOptions(int groupEventsMax, int groupBytesMax, int waitingEventsMax, int waitingBytesMax) {}

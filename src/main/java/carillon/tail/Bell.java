package carillon.tail;

/**
 * "There is news for your selector." Carries nothing a subscription relies on: what is new is asked of the view.
 * Immutable.
 *
 * @param headPosition position of the newest frame of the view when it rang
 */
record Bell(long headPosition) {}

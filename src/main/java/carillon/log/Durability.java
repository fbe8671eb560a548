package carillon.log;

/** What an acknowledgement is worth, said in logs and in the README with these words. */
public enum Durability {
  /** Gone when the process ends. */
  PROCESS,
  /** On stable storage of this machine (fsync). */
  DISK,
  /** Committed by a database. */
  DATABASE,
  /** In the memory of more than one node; gone when all of them end. */
  NODES
}

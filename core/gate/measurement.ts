/**
 * One look at one health gate. What could not be read is its own case: it is never read as healthy, and never as a
 * failure of the AMI.
 */
export type Measurement =
  | { kind: 'healthy'; reason: string }
  | { kind: 'unhealthy'; reason: string }
  /** Nodes are still on their way; it is too early to say. */
  | { kind: 'starting'; reason: string }
  | { kind: 'missing'; reason: string }
  /** Something is wrong, with too little to tell whose fault it is. */
  | { kind: 'doubtful'; reason: string }
  /** There is nothing it could compare: it speaks neither for the AMI nor against it. */
  | { kind: 'abstains'; reason: string }
  /** There is no new node, and nothing else: the node group is updated and gives no verdict. */
  | { kind: 'nothing-to-measure' };

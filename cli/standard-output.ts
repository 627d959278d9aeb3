/** Where commands write: results to standard output, remarks to standard error. */
export interface Output {
  print(text: string): void;
  /** Progress and remarks, which are no result. */
  remark(text: string): void;
  width: number;
}

export const standardOutput = (): Output => {
  // Whoever reads may stop reading (`| head`); that is no error of ours.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit();
    throw error;
  });
  return {
    print: (text) => void process.stdout.write(`${text}\n`),
    remark: (text) => void process.stderr.write(`${text}\n`),
    width: process.stdout.columns ?? 120,
  };
};

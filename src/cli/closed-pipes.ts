/**
 * A reader that has seen enough (`mlspec run --json | head`) closes the pipe: that is no error, and what was begun goes on
 * to its end, with nobody who listens.
 */
export function ignoreClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') throw error;
    });
  }
}

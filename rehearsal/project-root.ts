import { existsSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of this package, in a clone or installed: the nearest one upwards that holds the template. */
export const projectRoot: string = (() => {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  while (!existsSync(path.join(folder, 'template.yaml'))) {
    const above = path.dirname(folder);
    if (above === folder) throw new Error('template.yaml was not found above the rehearsal');
    folder = above;
  }
  return folder;
})();

import type { KubernetesAccess } from '../../core/plan/facts.ts';
import { AccessDenied } from '../fault.ts';

/** A look that shows whether one may look; what fails for any other reason is thrown. */
export const orDenied = async (look: () => Promise<KubernetesAccess>): Promise<KubernetesAccess> => {
  try {
    return await look();
  } catch (error) {
    if (error instanceof AccessDenied) return { access: 'denied', reason: error.message };
    throw error;
  }
};

/* What other modules ask of people within their own transactions: what the tables say then, and no request remembers. */
import type { Session } from '../database/index.ts';
import { grantOn } from './grants.ts';
import { covers } from './roles.ts';
import { rowBy, rowByName } from './users.ts';

/** Whether somebody has at least the role `approver` on a model. False for whoever was removed. */
export async function mayApprove(session: Session, userId: number, model: string): Promise<boolean> {
  const user = await rowBy(session, 'id', userId);
  if (user === null) return false;
  const granted = user.role === 'admin' ? null : await grantOn(session, userId, { kind: 'model', id: model });
  return covers(granted ?? user.role, 'approver');
}

/** Whether there is a user of this name. */
export async function isUser(session: Session, name: string): Promise<boolean> {
  return (await rowByName(session, name)) !== null;
}

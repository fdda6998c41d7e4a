import type { Guard } from './guard.ts';

type Method = (...given: unknown[]) => Promise<unknown>;

/** A store of which only an admin everywhere can call any method, those that it will get too. @param what in words, for whoever is refused */
export function onlyForAdmins<Store extends object>(store: Store, guard: Guard, what: string): Store {
  const methods = Object.entries(store as Readonly<Record<string, Method>>).map(([name, method]) => {
    const guarded: Method = async (...given) => {
      guard.everywhere('admin', what);
      return await method(...given);
    };
    return [name, guarded];
  });
  return Object.fromEntries(methods) as Store;
}

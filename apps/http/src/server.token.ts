/** Injection token of the use cases (`Server` of @org/server). */
export const SERVER = Symbol('SERVER');

export const HUB = Symbol('hub');
export const CONFIG = Symbol('config');

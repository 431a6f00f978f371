export const HUB = Symbol('hub');

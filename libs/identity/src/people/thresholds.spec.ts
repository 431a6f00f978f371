import { autoThreshold, calibration, reliabilityCurve, wilsonLowerBound } from './thresholds.js';

const decided = (count: number, same: boolean, score: number) => Array.from({ length: count }, () => ({ score, same }));

describe('wilsonLowerBound', () => {
  it('needs 3,838 pairs without an error to know that 999 of 1,000 are right', () => {
    expect(wilsonLowerBound(3_837, 3_837)).toBeLessThan(0.999);
    expect(wilsonLowerBound(3_838, 3_838)).toBeGreaterThanOrEqual(0.999);
  });
  it('is nothing without trials', () => {
    expect(wilsonLowerBound(0, 0)).toBe(0);
  });
});

describe('autoThreshold', () => {
  it('stays with the shipped threshold until decisions prove another', () => {
    expect(autoThreshold(decided(3_837, true, 9), 6)).toEqual({ threshold: 6, pairs: 3_837, proved: false });
  });
  it('takes the least score that is still proved', () => {
    expect(autoThreshold([...decided(5_000, true, 9), ...decided(100, true, 5), ...decided(40, false, 3)], 6)).toEqual({
      threshold: 5,
      pairs: 5_100,
      proved: true,
    });
  });
  it('never cuts through pairs of one score', () => {
    const { threshold } = autoThreshold([...decided(4_000, true, 9), ...decided(50, true, 4), ...decided(50, false, 4)], 6);
    expect(threshold).toBe(9);
  });
});

describe('reliabilityCurve', () => {
  it('says per tenth what was predicted and what people said', () => {
    const curve = reliabilityCurve([...decided(3, true, 0), ...decided(1, false, 0), ...decided(2, true, 20)]);
    expect(curve).toEqual([
      { from: 0.5, to: 0.6, pairs: 4, predicted: 0.5, observed: 0.75 },
      { from: 0.9, to: 1, pairs: 2, predicted: expect.closeTo(1, 5) as number, observed: 1 },
    ]);
  });
});

describe('calibration', () => {
  it('never falls with the score', () => {
    const fit = calibration([
      { score: -3, same: false },
      { score: -1, same: true },
      { score: 0, same: false },
      { score: 4, same: true },
    ]);
    expect(fit).toEqual([
      { score: -3, probability: 0 },
      { score: -1, probability: 0.5 },
      { score: 4, probability: 1 },
    ]);
  });
});

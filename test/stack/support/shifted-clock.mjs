// Preloaded into a service under test: its machine's clock is off by CLOCK_SHIFT_MS. The monotonic clock is not.
const shift = Number(process.env['CLOCK_SHIFT_MS']);
const { Date: RealDate } = globalThis;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + shift] : given));
  }

  static now() {
    return RealDate.now() + shift;
  }
};

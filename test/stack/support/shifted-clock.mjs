// Preloaded into a service under test: its machine's clock is off by CLOCK_SHIFT_MS, until SIGUSR2 puts it right. The
// monotonic clock is not.
let shift = Number(process.env['CLOCK_SHIFT_MS'] ?? 0);
const { Date: RealDate } = globalThis;
process.on('SIGUSR2', () => (shift = 0));

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [RealDate.now() + shift] : given));
  }

  static now() {
    return RealDate.now() + shift;
  }
};

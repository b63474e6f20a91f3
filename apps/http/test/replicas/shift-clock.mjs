/** Loaded before the app: its time of day is as far off as it is told, as after a wrong `date -s`. */
const Right = Date;
let offset = 0;

globalThis.Date = class Date extends Right {
  constructor(...given) {
    if (given.length > 0) super(...given);
    else super(Right.now() + offset);
  }
  static now() {
    return Right.now() + offset;
  }
};

process.on('message', (ms) => {
  offset = ms;
  process.send('shifted');
});
// No one waits for another word.
process.channel.unref();

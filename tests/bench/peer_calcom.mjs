// One service at its slots, by the functions of cal.com's library: working hours of each host, less what is busy,
// joined as for a round robin, cut into slots. The instance comes on standard input; the library's folder is given.
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const dist = resolve(process.argv[2], "dist");
const found = (start) => readdirSync(dist).find((name) => name.startsWith(start) && name.endsWith(".js"));
const ranges = await import(pathToFileURL(join(dist, found("date-ranges-"))));
const dayjs = (await import(pathToFileURL(createRequire(join(dist, "slots.js")).resolve("dayjs")))).default;

// `slots.js` exports services that want a database; its two slot functions need none: they are taken as they stand.
const text = readFileSync(join(dist, "slots.js"), "utf8");
const cut = (from, to) => text.slice(text.indexOf(from), text.indexOf(to));
const functions =
  cut("const minimumOfOne", "const getSlots = ") + "\nexport { buildSlotsWithDateRanges };\n";
const own = join(dist, "sojourn-slots.mjs");
writeFileSync(own, `import dayjs from "dayjs";\n${functions}`);
const { buildSlotsWithDateRanges } = await import(pathToFileURL(own));

const given = JSON.parse(readFileSync(0, "utf8"));
const at = (minute) => dayjs(minute * 60000).utc();
const hours = (minute) => new Date(Date.UTC(1970, 0, 1, Math.floor(minute / 60), minute % 60));

function slots() {
  const free = given.hosts.flatMap((host) => {
    const { dateRanges } = ranges.b({
      availability: [
        { days: [0, 1, 2, 3, 4, 5, 6], startTime: hours(host.from), endTime: hours(host.to) },
      ],
      timeZone: given.timeZone,
      dateFrom: at(given.first),
      dateTo: at(given.last),
      travelSchedules: [],
    });
    return ranges.s(dateRanges, host.busy.map(([a, b]) => ({ start: at(a), end: at(b) })));
  });
  return buildSlotsWithDateRanges({
    dateRanges: free,
    frequency: given.frequency,
    eventLength: given.length,
    timeZone: given.timeZone,
    minimumBookingNotice: 0,
    offsetStart: 0,
  });
}

const times = [];
let answer;
slots(); // not counted
for (let n = 0; n < given.times; n++) {
  const began = performance.now();
  answer = slots();
  times.push(performance.now() - began);
}
times.sort((a, b) => a - b);
const minutes = [...new Set(answer.map(({ time }) => time.valueOf() / 60000))].sort((a, b) => a - b);
console.log(JSON.stringify({ ms: times[Math.floor(times.length / 2)], slots: minutes }));

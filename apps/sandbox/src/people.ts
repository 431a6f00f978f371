/** Invented people in several scripts; each native name beside the Latin spelling that its address uses. */
const NAMES: readonly [string, string][] = [
  ['Amara Okafor', 'amara.okafor'],
  ['Zoë Müller', 'zoe.mueller'],
  ["Siobhán O'Brien", 'siobhan.obrien'],
  ['Łukasz Wiśniewski', 'lukasz.wisniewski'],
  ['Nguyễn Thị Hương', 'huong.nguyen'],
  ['José de la Cruz', 'jose.delacruz'],
  ['İpek Öztürk', 'ipek.ozturk'],
  ['Ольга Иванова', 'olga.ivanova'],
  ['Νίκος Παπαδόπουλος', 'nikos.papadopoulos'],
  ['محمد العلي', 'mohammad.alali'],
  ['נועה לוי', 'noa.levi'],
  ['田中 花子', 'hanako.tanaka'],
  ['王 小明', 'xiaoming.wang'],
  ['김 민준', 'minjun.kim'],
  ['प्रिया शर्मा', 'priya.sharma'],
  ['ธนา สุขใจ', 'thana.sukjai'],
  ['Ada Smith-Jones', 'ada.smithjones'],
  ['Søren Kjærgård', 'soren.kjaergard'],
];
const DOMAINS = ['example.org', 'example.net', 'mail.example.com'];

/** The `index`-th invented person: address and number are unique, the name is not. */
export function personAt(seed: number, index: number) {
  const [name, local] = NAMES[(index * 7 + Math.abs(seed)) % NAMES.length] as [string, string];
  const tag = `${seed.toString(36)}x${index.toString(36)}`;
  return { name, email: `${local}.${tag}@${DOMAINS[index % DOMAINS.length]}`, phone: phoneAt(seed, index) };
}

/** Valid to a number library; unique within a seed up to 7.9 million people. */
function phoneAt(seed: number, index: number): string {
  const serial = (Math.abs(seed) * 7919 + index) % 7_900_000;
  return `+1415${2_000_000 + serial}`;
}

export const INTERVIEWERS: readonly [string, string][] = [
  ['Ines', 'Costa'],
  ['Paul', 'Becker'],
  ['Mei', 'Lin'],
  ['Tariq', 'Aziz'],
  ['Freya', 'Holm'],
  ['Diego', 'Ramos'],
];
export const JOB_TITLES = [
  'Software engineer',
  'Ingénieur·e de données',
  'Produktmanager (m/w/d)',
  'Nurse, night shift',
  'プロダクトデザイナー',
  'Account executive',
];
export const STAGES: readonly [string, string][] = [
  ['New lead', 'Lead'],
  ['Application review', 'PreInterviewScreen'],
  ['Phone interview', 'Active'],
  ['On-site interview', 'Active'],
  ['Offer', 'Offer'],
  ['Hired', 'Hired'],
  ['Archived', 'Archived'],
];

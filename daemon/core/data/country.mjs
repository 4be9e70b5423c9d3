// SPDX-License-Identifier: Apache-2.0
// Prints country.txt: names of countries, folded, in the languages below, with their ISO 3166 codes: node country.mjs > country.txt
const languages = ['en', 'de', 'fr', 'es', 'it', 'nl', 'pl', 'pt', 'sv', 'da', 'nb', 'fi', 'tr', 'cs', 'ja', 'zh'];
const flat = { ß: 'ss', ł: 'l', ı: 'i', ø: 'o', đ: 'd', æ: 'ae', œ: 'oe', '’': "'" };
const fold = (name) => [...name.toLowerCase().normalize('NFKC')].map((c) => flat[c] ?? c).join('')
  .replace(/[\u00c0-\u1eff]/g, (c) => c.normalize('NFD')[0]).replace(/[^\p{L}\p{N}\p{M} ]/gu, ' ').replace(/ +/g, ' ').trim();
const more = {
  US: ['usa', 'u s a', 'us', 'united states of america', 'the united states', 'america', 'etats unis d amerique', 'vereinigte staaten von amerika', 'estados unidos de america', 'stati uniti d america', 'u s'],
  GB: ['uk', 'u k', 'great britain', 'england', 'scotland', 'wales', 'northern ireland', 'britain', 'grossbritannien', 'grande bretagne', 'gran bretana', 'united kingdom of great britain and northern ireland', 'gbr'],
  DE: ['deutschland', 'federal republic of germany', 'brd', 'bundesrepublik deutschland', 'deu', 'ger'],
  NL: ['the netherlands', 'holland', 'nederland', 'nld'], RU: ['russian federation', 'rossiya', 'rossiyskaya federatsiya', 'rus'],
  UA: ['ukraina', 'ukr'], BY: ['belarus'], BG: ['balgariya', 'bulgariya'], RS: ['srbija'], GR: ['ellada', 'ellas', 'hellas', 'grc'], CY: ['kypros'],
  KR: ['south korea', 'korea', 'republic of korea', 'korea republic of', '대한민국', '한국', 'kor'], KP: ['north korea'],
  CZ: ['czech republic', 'cesko', 'ceska republika', 'cze'], TR: ['turkey', 'turkiye', 'tur'], CH: ['suisse', 'schweiz', 'svizzera', 'che', 'swiss'],
  CN: ['p r china', 'pr china', 'prc', 'peoples republic of china', "people's republic of china", 'mainland china', '中华人民共和国', 'chn'],
  HK: ['hong kong', 'hongkong'], TW: ['taiwan', 'taiwan r o c', 'twn'], MO: ['macau', 'macao'], AE: ['uae', 'u a e', 'emirates', 'dubai', 'are'], SA: ['ksa', 'kingdom of saudi arabia', 'sau'],
  VN: ['viet nam', 'vietnam', 'vnm'], IR: ['iran islamic republic of'], SY: ['syrian arab republic'], LA: ['lao peoples democratic republic'], MD: ['republic of moldova', 'moldova republic of'],
  MK: ['macedonia', 'republic of macedonia', 'north macedonia'], BO: ['bolivia plurinational state of'], VE: ['venezuela bolivarian republic of'], TZ: ['tanzania united republic of'], CD: ['democratic republic of the congo', 'dr congo'],
  BR: ['brasil', 'bra'], ES: ['espana', 'esp'], IT: ['italia', 'ita'], FR: ['fra'], IN: ['bharat', 'ind', 'भारत'], JP: ['nippon', 'nihon', 'jpn'], CA: ['can'], AU: ['aus'], MX: ['mex'], AR: ['arg'],
  AT: ['oesterreich', 'aut'], BE: ['belgique', 'belgie', 'bel'], SE: ['swe'], NO: ['norge', 'nor'], DK: ['dnk'], FI: ['suomi', 'fin'], PL: ['pol'], PT: ['prt'], IE: ['eire', 'republic of ireland', 'irl'], HU: ['magyarorszag', 'hun'],
  RO: ['romania', 'rou'], SK: ['slovensko', 'svk'], SI: ['slovenija', 'svn'], HR: ['hrvatska', 'hrv'], LT: ['lietuva', 'ltu'], LV: ['latvija', 'lva'], EE: ['eesti', 'est'], IL: ['isr', 'ישראל'], ZA: ['rsa', 'zaf', 'republic of south africa'],
  SG: ['sgp'], NZ: ['aotearoa', 'nzl'], TH: ['tha'], MY: ['mys'], PH: ['the philippines', 'phl'], ID: ['idn'], EG: ['egy'], NG: ['nga'], KE: ['ken'], CO: ['col'], CL: ['chl'], PE: ['per'], LU: ['lux'], IS: ['isl'], MT: ['mlt'], CI: ["cote d'ivoire", 'ivory coast'],
};
const special = new Set(['EU', 'EZ', 'UN', 'XA', 'XB', 'QO', 'ZZ', 'AC', 'CP', 'DG', 'EA', 'IC', 'TA', 'CQ', 'XK']);
const codes = [];
const english = new Intl.DisplayNames('en', { type: 'region', fallback: 'none' });
for (let a = 65; a < 91; a++)
  for (let b = 65; b < 91; b++) {
    const code = String.fromCharCode(a, b);
    const gone = { AN: 1, BU: 1, CS: 1, DD: 1, DY: 1, FX: 1, HV: 1, NH: 1, NT: 1, QU: 1, RH: 1, SU: 1, TP: 1, UK: 1, VD: 1, YD: 1, YU: 1, ZR: 1 };
    if (english.of(code) && !special.has(code) && !gone[code] && Intl.getCanonicalLocales(`und-${code}`)[0] === `und-${code}`)
      codes.push(code);
  }
codes.push('XK');
const table = new Map();
const add = (name, code) => { const key = fold(name); if (key && !table.has(key)) table.set(key, code); };
for (const code of codes) table.set(code.toLowerCase(), code);
for (const [code, names] of Object.entries(more)) for (const name of names) add(name, code);
for (const language of languages) {
  const names = new Intl.DisplayNames(language, { type: 'region' });
  for (const code of codes) add(names.of(code), code);
}
const bytes = (text) => Buffer.from(text);
console.log('# Countries: folded name, ISO 3166 code. Made by country.mjs from the names of Unicode CLDR (Unicode License v3) and a list there.');
for (const [key, code] of [...table].sort((a, b) => Buffer.compare(bytes(a[0]), bytes(b[0])))) console.log(`${key}\t${code}`);

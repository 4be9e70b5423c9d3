# SPDX-License-Identifier: Apache-2.0
"""Invented people and companies, deterministic by seed: person(i) depends on (seed, i) alone, so that two programs
with the same seed know the same people without talking to each other.

Six neighbours in the numbering work for one company. Person 0 is Joe of the story, person 1 his namesake elsewhere.
Numbers below SFA_ONLY are people whom marketing may know; numbers from there on only sales knows.
"""
import hashlib
import struct
import unicodedata
from typing import NamedTuple

SFA_ONLY = 1_300_000

FIRST = """Robert:Bob William:Bill Michael:Mike James:Jim Richard:Dick Thomas:Tom Christopher:Chris Daniel:Dan
Matthew:Matt Anthony:Tony Steven:Steve Andrew:Andy Kenneth:Ken Joshua:Josh Edward:Ed Ronald:Ron Timothy:Tim
Jeffrey:Jeff Nicholas:Nick Jonathan:Jon Benjamin:Ben Samuel:Sam Gregory:Greg Alexander:Alex Patrick:Pat
Elizabeth:Liz Jennifer:Jen Patricia:Pat Katherine:Kate Susan:Sue Margaret:Maggie Barbara:Barb Deborah:Deb
Jessica:Jess Stephanie:Steph Rebecca:Becky Kimberly:Kim Christine:Chris Victoria:Vicky Samantha:Sam Pamela:Pam
Cynthia:Cindy Alexandra:Alex Abigail:Abby Theodore:Ted Lawrence:Larry Philip:Phil Raymond:Ray Francis:Frank
Maria Anna Julia Laura Sofia Carlos Miguel Javier Lucia Elena Pierre Camille Mathieu Chloé Hélène François Jürgen
Hans Katrin Sabine Jörg Anke Dirk Uwe Lars Femke Sanne Joost Maarten Pieter Priya Arjun Rahul Ananya Vikram Kenji
Yuki Haruto Aiko Mei Wei Ling Fatima Omar Yusuf Leila Piotr Agnieszka Tomasz Zofia Marek Giulia Marco Chiara Luca
Olga Dmitri Irina Søren Freja Björn Astrid Nkechi Kwame Zanele Aoife Ciarán Niamh""".split()

LAST = """Johnson Williams Brown Jones Garcia Miller Davis Rodriguez Martinez Hernandez Lopez Gonzalez Wilson Anderson
Thomas Taylor Moore Jackson Martin Lee Perez Thompson White Harris Sanchez Clark Ramirez Lewis Robinson Walker Young
Allen King Wright Scott Torres Nguyen Hill Flores Green Adams Nelson Baker Hall Rivera Campbell Mitchell Carter
Roberts Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Koch Bauer Richter Klein Wolf
Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Krause Lehmann Köhler Dubois Durand Leroy
Moreau Laurent Lefebvre Michel Garnier Faure Rousseau Blanc Guérin Muñoz Romero Navarro Dominguez Vazquez Ramos
Serrano Molina Castro Ortega Jansen Bakker Visser Smit Mulder Bos Vos Peters Hendriks Dekker Brouwer Dijkstra Singh
Patel Sharma Gupta Reddy Iyer Mehta Kapoor Tanaka Suzuki Watanabe Yamamoto Nakamura Kobayashi Sato Chen Wang Zhang
Liu Yang Huang Zhao Wu Zhou Kowalski Nowak Wiśniewski Wójcik Kamiński Lewandowski Rossi Russo Ferrari Esposito
Bianchi Romano Colombo Ricci Okafor Mensah Dlamini Abebe Murphy Kelly Byrne Ryan Walsh Nielsen Hansen Larsen
Andersen Lindqvist Bergström Ivanov Petrov Sokolova Haddad Khan Rahman Hussain Demir Yılmaz Kaya""".split()

WORD_A = """Bright North Blue Silver Golden Iron Copper River Stone Maple Cedar Oak Falcon Eagle Harbor Summit Prairie
Granite Crystal Amber Crimson Indigo Velvet Arctic Solar Lunar Nova Quantum Vertex Apex Zenith Orbit Pioneer Liberty
Heritage Evergreen Redwood Sierra Cascade Delta Sterling Cobalt Ember Willow Birch Raven Heron Otter Lynx Bison
Meadow Canyon Glacier Coral Breeze Storm Thunder Aurora Polar Meridian Atlas Titan Castle Anchor""".split()

WORD_B = """bridge field wood ford gate haven point view ridge crest dale brook water light fall stone peak line
forge works craft mill yard side shore bay cliff grove hill land mark mere path port reach rock run spring star
stream tower town trail vale wall way well wind wing wave leaf root seed bloom spark flame frost cloud rain
snow sand""".split()

WORD_C = """Logistics Software Robotics Analytics Foods Textiles Pharma Energy Motors Media Systems Networks Security
Consulting Engineering Plastics Chemicals Packaging Shipping Aviation Marine Optics Electronics Semiconductors
Instruments Medical Dental Diagnostics Biotech Genomics Insurance Finance Capital Advisors Partners Legal Staffing
Training Education Publishing Printing Design Studios Games Music Sports Outdoor Travel Hotels Catering Coffee
Beverages Dairy Farms Seeds Garden Furniture Interiors Lighting Ceramics Glass Steel Metals Mining Timber Paper
Construction Roofing Plumbing Heating Cooling Solar Batteries Mobility Rail Trucks Parts Tools Machines Sensors
Controls""".split()

TITLES = """CEO|CTO|CFO|CIO|COO|VP Sales|VP Engineering|VP Marketing|Head of Data|Head of IT|IT Manager|Data Engineer
|Senior Data Engineer|Data Analyst|Product Manager|Project Manager|Purchasing Manager|Buyer|Operations Manager
|Marketing Manager|Sales Manager|Account Manager|Software Engineer|Systems Administrator|Solution Architect
|Business Analyst|Controller|HR Manager|Office Manager|Director of Operations|Managing Director|Geschäftsführer
|Consultant|Research Scientist|Quality Manager|Plant Manager|Logistics Manager|Support Engineer|Founder
|Assistant""".replace(
    "\n", ""
).split(
    "|"
)

# country, share of 100, calling code, area codes, top-level domains, legal forms, cities
COUNTRIES = (
    (
        "United States",
        58,
        "1",
        ("212", "415", "312", "617", "206", "303", "512", "404", "305", "702"),
        ("com", "io"),
        ("Inc.", "LLC", "Corp.", "Inc"),
        ("New York", "San Francisco", "Chicago", "Boston", "Seattle", "Denver", "Austin"),
    ),
    (
        "Germany",
        13,
        "49",
        ("30", "40", "89", "69", "221"),
        ("de", "com"),
        ("GmbH", "AG", "GmbH & Co. KG"),
        ("Berlin", "Hamburg", "München", "Frankfurt", "Köln"),
    ),
    (
        "United Kingdom",
        12,
        "44",
        ("20", "161", "121", "131"),
        ("co.uk", "com"),
        ("Ltd", "Limited", "plc"),
        ("London", "Manchester", "Birmingham", "Edinburgh"),
    ),
    ("France", 6, "33", ("1", "4", "5"), ("fr",), ("SA", "SARL", "SAS"), ("Paris", "Lyon", "Toulouse")),
    ("Spain", 5, "34", ("91", "93", "95"), ("es",), ("S.L.", "S.A."), ("Madrid", "Barcelona", "Sevilla")),
    ("Netherlands", 6, "31", ("20", "10", "30"), ("nl",), ("B.V.",), ("Amsterdam", "Rotterdam", "Utrecht")),
)
COUNTRY_OF = tuple(c for c in COUNTRIES for _ in range(c[1]))
FREE_MAIL = ("gmail.com", "outlook.com", "yahoo.com", "gmx.de", "web.de", "icloud.com")
LEGAL_LONG = {
    "Inc.": "Incorporated",
    "Inc": "Incorporated",
    "Corp.": "Corporation",
    "Ltd": "Limited",
    "Limited": "Ltd.",
    "LLC": "L.L.C.",
    "GmbH": "GmbH",
    "AG": "Aktiengesellschaft",
}
FOLD = {"ø": "o", "Ø": "O", "ß": "ss", "ł": "l", "Ł": "L", "ı": "i"}


def ascii_of(text):
    text = "".join(FOLD.get(c, c) for c in text)
    return unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()


FIRST_NAMES = tuple((n.partition(":")[0], n.partition(":")[2], ascii_of(n.partition(":")[0])) for n in FIRST)
LAST_NAMES = tuple((n, ascii_of(n)) for n in LAST)


class Company(NamedTuple):
    number: int
    name: str
    legal: str
    domain: str
    country: tuple
    city: str
    phone: str
    shared_phone: bool


class Person(NamedTuple):
    number: int
    first: str
    nick: str
    last: str
    email: str
    phone: str
    title: str
    company: Company
    dice: tuple


class World:
    def __init__(self, seed):
        self.seed = str(seed).encode()[:32] or b"0"
        self.dice_of = struct.Struct("<16H").unpack
        self.offset = self.dice(0, b"o")[0]
        self.last_company = None

    def dice(self, number, kind=b"p"):
        """Sixteen numbers below 65536 that belong to (seed, kind, number)."""
        return self.dice_of(
            hashlib.blake2b(number.to_bytes(8, "little"), digest_size=32, key=self.seed, person=kind).digest()
        )

    def company(self, number):
        if self.last_company is not None and self.last_company.number == number:
            return self.last_company
        self.last_company = company = ACME if number == 0 else self.make_company(number)
        return company

    def make_company(self, number):
        d = self.dice(number, b"c")
        mixed = (number * 7919 + self.offset) % (len(WORD_A) * len(WORD_B) * len(WORD_C))
        mixed, a = divmod(mixed, len(WORD_A))
        c, b = divmod(mixed, len(WORD_B))
        country = COUNTRY_OF[d[0] % 100]
        tail = WORD_C[c]
        stem = WORD_A[a] + WORD_B[b]
        legal = country[5][d[1] % len(country[5])]
        domain = "%s-%s.%s" % (stem.lower(), tail.lower(), country[4][d[2] % len(country[4])])
        area = country[3][d[3] % len(country[3])]
        return Company(
            number,
            stem + " " + tail,
            legal,
            domain,
            country,
            country[6][d[4] % len(country[6])],
            phone(country[2], area, 3_000_000 + number),
            d[5] % 10 == 0,
        )

    def person(self, number):
        if number < 2:
            return self.joe() if number == 0 else self.other_joe()
        d = self.dice(number)
        company = self.company(number // 6)
        first, nick, first_ascii = FIRST_NAMES[d[0] % len(FIRST_NAMES)]
        last, last_ascii = LAST_NAMES[(self.offset + number // 6 * 31 + number % 6 * 17) % len(LAST_NAMES)]
        if d[1] % 100 < 12:
            email = "%s.%s%d@%s" % (first_ascii, last_ascii, number, FREE_MAIL[d[2] % len(FREE_MAIL)])
        elif company.number % 3 == 1:
            email = "%s%s@%s" % (first_ascii[0], last_ascii, company.domain)
        else:
            email = "%s.%s@%s" % (first_ascii, last_ascii, company.domain)
        country = company.country
        own = company.phone if company.shared_phone else phone(country[2], country[3][d[3] % len(country[3])], number)
        return Person(number, first, nick, last, email, own, TITLES[d[4] % len(TITLES)], company, d)

    def joe(self):
        return Person(
            0, "Joe", "Joseph", "Smith", "joe.smith@acme.com", "12125550147", "Head of Data", ACME, self.dice(0)
        )

    def other_joe(self):
        company = self.company(1)
        return Person(
            1,
            "Joe",
            "Joseph",
            "Smith",
            "joe.smith@" + company.domain,
            "13035550188",
            "Purchasing Manager",
            company,
            self.dice(1),
        )

    def reps(self, count):
        """The vendor's own sales people, known to both systems by e-mail."""
        names = [("Dana", "Field"), ("Ian", "Inside")]
        names += [
            (FIRST_NAMES[(7 * i + 3) % len(FIRST_NAMES)][0], LAST_NAMES[(11 * i + 5) % len(LAST_NAMES)][0])
            for i in range(max(0, count - 2))
        ]
        return [(f, l, "%s.%s@lighthouse-vendor.com" % (ascii_of(f), ascii_of(l))) for f, l in names[:count]]


ACME = Company(0, "Acme", "Inc", "acme.com", COUNTRIES[0], "New York", "12125550100", False)


def phone(code, area, number):
    """Digits of an international number; unique for numbers below ten million within one area code."""
    if code == "1":
        return "1%s%07d" % (area, 2_000_000 + number % 7_900_000)
    return "%s%s%07d" % (code, area, 1_000_000 + number % 8_900_000)


def phone_text(digits, style):
    """The same number as different people write it."""
    if digits.startswith("1") and len(digits) == 11:
        area, mid, end = digits[1:4], digits[4:7], digits[7:]
        return (
            "+1 %s %s %s" % (area, mid, end),
            "(%s) %s-%s" % (area, mid, end),
            "+1%s%s%s" % (area, mid, end),
            "%s.%s.%s" % (area, mid, end),
        )[style % 4]
    return (
        "+%s %s %s" % (digits[:2], digits[2:5], digits[5:]),
        "00%s%s" % (digits[:2], digits[2:]),
        "+" + digits,
        "+%s-%s-%s" % (digits[:2], digits[2:6], digits[6:]),
    )[style % 4]


def tagged(email, tag):
    local, _, domain = email.partition("@")
    return "%s+%s@%s" % (local, tag, domain)


def company_text(company, style):
    """The same company as different people write it."""
    name = (
        company.name + " " + company.legal,
        company.name,
        (company.name + " " + company.legal).upper(),
        company.name + ", " + company.legal,
        company.name + " " + LEGAL_LONG.get(company.legal, company.legal),
        "The " + company.name,
    )
    return name[style % len(name)]


class SalesRow(NamedTuple):
    """One lead or contact of the SFA: who it truly is, and how sales wrote it."""

    person: Person
    first: str
    last: str
    email: str
    phone: str
    company: str
    title: str


def sales_row(person, style, dice):
    """How sales knows a person: style 0 as is, else a slightly different identity."""
    email, first, number = person.email, person.first, phone_text(person.phone, dice[8])
    if style == 1:
        email = email.title() if dice[9] & 1 else email.upper()
    elif style == 2:
        email = tagged(email, ("work", "sales", "events")[dice[9] % 3])
    elif style == 3:
        first = person.nick or first[0] + "."
    elif style == 4:
        email = None
    elif style == 5:
        email = "%s%s%d@%s" % (ascii_of(person.first)[0], ascii_of(person.last), person.number, FREE_MAIL[dice[9] % 6])
    elif style == 6:
        first, number = person.nick or first.upper(), None
    last = person.last.upper() if dice[10] % 20 == 0 else person.last
    return SalesRow(person, first, last, email, number, company_text(person.company, dice[11]), person.title)


def sales_people(world, count):
    """`count` rows of the SFA: about 30 in 100 people whom marketing knows too, 8 in 100 repeats inside the SFA."""
    shared, rows = 2, []
    for i in range(count):
        d = world.dice(i, b"s")
        kind = d[0] % 100
        if kind < 30:
            person, style = world.person(shared), 1 + d[1] % 6
            shared += 1
        elif kind < 38 and i > 10:
            person, style = rows[d[2] % len(rows)].person, 1 + d[1] % 6
        else:
            person, style = world.person(SFA_ONLY + i * 2 + d[3] % 2), 0
        rows.append(sales_row(person, style, d))
    return rows

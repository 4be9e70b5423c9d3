# SPDX-License-Identifier: Apache-2.0
"""The object types of the pretended Salesforce: fields, relationships, record ids."""
import datetime
import re

ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+[A-Za-z]{2,}")
LEAD_STATUS = ("Open - Not Contacted", "Working - Contacted", "Closed - Converted", "Closed - Not Converted")
STAGES = (
    ("Prospecting", 10, "Pipeline"),
    ("Qualification", 10, "Pipeline"),
    ("Needs Analysis", 20, "Pipeline"),
    ("Proposal/Price Quote", 75, "Best Case"),
    ("Negotiation/Review", 90, "Commit"),
    ("Closed Won", 100, "Closed"),
    ("Closed Lost", 0, "Omitted"),
)

# A field a line: name | type [length] | flags. Flags: req (required), ro (read only), once (create only), ext and
# uniq (external id), ref=Type,Type:Relationship, pick= and rpick= (free and restricted values), def= (default),
# nofilter (not in WHERE or ORDER BY).
PERSONAL = """
FirstName | string 40
LastName | string 80 | req
Salutation | picklist 40 | pick=Mr.;Ms.;Mrs.;Dr.;Prof.
Name | string 121 | ro
Title | string 128
Phone | phone 40
MobilePhone | phone 40
Fax | phone 40
Email | email 80
Description | textarea 32000 | nofilter
LeadSource | picklist 255 | pick=Web;Phone Inquiry;Partner Referral;Purchased List;Other
OwnerId | reference 18 | ref=%s:Owner
HasOptedOutOfEmail | boolean | def=false
DoNotCall | boolean | def=false
LastActivityDate | date | ro
MasterRecordId | reference 18 | ro ref=%s:MasterRecord
Tandem_Score__c | double"""
ADDRESS = """
%(p)sStreet | textarea 255
%(p)sCity | string 40
%(p)sState | string 80
%(p)sPostalCode | string 20
%(p)sCountry | string 80"""
EXTERNAL = """
Legacy_Id__c | string 40 | ext"""
TANDEM = """
Tandem_Id__c | string 64 | ext uniq"""
TYPES = {
    "Lead": (
        "00Q",
        PERSONAL % ("User,Group", "Lead")
        + ADDRESS % {"p": ""}
        + EXTERNAL
        + """
Company | string 255 | req
Website | url 255
Status | picklist 255 | def=Open - Not Contacted rpick="""
        + ";".join(LEAD_STATUS)
        + """
Industry | picklist 255 | pick=Banking;Energy;Technology;Manufacturing;Other
Rating | picklist 255 | pick=Hot;Warm;Cold
AnnualRevenue | currency
NumberOfEmployees | int
IsConverted | boolean | ro def=false
ConvertedDate | date | ro
ConvertedAccountId | reference 18 | ro ref=Account:ConvertedAccount
ConvertedContactId | reference 18 | ro ref=Contact:ConvertedContact
ConvertedOpportunityId | reference 18 | ro ref=Opportunity:ConvertedOpportunity
IsUnreadByOwner | boolean | def=true""",
    ),
    "Contact": (
        "003",
        PERSONAL % ("User", "Contact")
        + ADDRESS % {"p": "Mailing"}
        + EXTERNAL
        + """
AccountId | reference 18 | ref=Account:Account
ReportsToId | reference 18 | ref=Contact:ReportsTo
Department | string 80
Birthdate | date""",
    ),
    "Account": (
        "001",
        ADDRESS % {"p": "Billing"}
        + EXTERNAL
        + """
Name | string 255 | req
Type | picklist 255 | pick=Prospect;Customer - Direct;Partner;Other
ParentId | reference 18 | ref=Account:Parent
Phone | phone 40
Fax | phone 40
Website | url 255
Industry | picklist 255 | pick=Banking;Energy;Technology;Manufacturing;Other
AnnualRevenue | currency
NumberOfEmployees | int
AccountNumber | string 40
Description | textarea 32000 | nofilter
OwnerId | reference 18 | ref=User:Owner
LastActivityDate | date | ro
MasterRecordId | reference 18 | ro ref=Account:MasterRecord""",
    ),
    "Opportunity": (
        "006",
        """
Name | string 120 | req
AccountId | reference 18 | ref=Account:Account
StageName | picklist 255 | req rpick="""
        + ";".join(s[0] for s in STAGES)
        + """
CloseDate | date | req
Amount | currency
Probability | percent
ExpectedRevenue | currency | ro
IsClosed | boolean | ro def=false
IsWon | boolean | ro def=false
ForecastCategoryName | picklist 40 | rpick=Omitted;Pipeline;Best Case;Commit;Closed
Type | picklist 255 | pick=New Customer;Existing Customer - Upgrade
LeadSource | picklist 255 | pick=Web;Phone Inquiry;Partner Referral;Purchased List;Other
NextStep | string 255
Description | textarea 32000 | nofilter
CampaignId | reference 18 | ref=Campaign:Campaign
OwnerId | reference 18 | ref=User:Owner
LastActivityDate | date | ro""",
    ),
    "OpportunityContactRole": (
        "00K",
        """
OpportunityId | reference 18 | req once ref=Opportunity:Opportunity
ContactId | reference 18 | req ref=Contact:Contact
Role | picklist 255 | pick=Decision Maker;Economic Buyer;Evaluator;Executive Sponsor;Influencer;Other
IsPrimary | boolean | def=false""",
    ),
    "User": (
        "005",
        """
Username | string 80 | ro
Email | email 128 | ro
FirstName | string 40 | ro
LastName | string 80 | ro
Name | string 121 | ro
Alias | string 8 | ro
Title | string 80 | ro
Phone | phone 40 | ro
IsActive | boolean | ro
FederationIdentifier | string 512 | ro
ManagerId | reference 18 | ro ref=User:Manager
UserRoleId | string 18 | ro
ProfileId | string 18 | ro
UserType | picklist 40 | ro pick=Standard
TimeZoneSidKey | picklist 40 | ro pick=Europe/Berlin""",
    ),
    "Group": (
        "00G",
        """
Name | string 40 | ro
DeveloperName | string 80 | ro
Type | picklist 40 | ro pick=Queue;Regular
Email | email 255 | ro""",
    ),
    "Task": (
        "00T",
        """
Subject | string 255
Status | picklist 255 | def=Not Started rpick=Not Started;In Progress;Completed;Waiting on someone else;Deferred
Priority | picklist 255 | def=Normal rpick=High;Normal;Low
OwnerId | reference 18 | ref=User,Group:Owner
WhoId | reference 18 | ref=Lead,Contact:Who
WhatId | reference 18 | ref=Account,Opportunity,Campaign:What
AccountId | reference 18 | ro ref=Account:Account
ActivityDate | date
Description | textarea 32000 | nofilter
IsClosed | boolean | ro def=false
IsHighPriority | boolean | ro def=false
IsArchived | boolean | ro def=false
IsReminderSet | boolean | def=false
ReminderDateTime | datetime
TaskSubtype | picklist 40 | once def=Task rpick=Task;Email;Call;ListEmail;Cadence
CallType | picklist 40 | pick=Internal;Inbound;Outbound
CompletedDateTime | datetime | ro""",
    ),
    "Campaign": (
        "701",
        """
Name | string 80 | req
Type | picklist 255 | pick=Conference;Webinar;Email;Advertisement;Other
Status | picklist 255 | def=Planned pick=Planned;In Progress;Completed;Aborted
IsActive | boolean | def=false
StartDate | date
EndDate | date
ParentId | reference 18 | ref=Campaign:Parent
BudgetedCost | currency
ActualCost | currency
Description | textarea 32000 | nofilter
OwnerId | reference 18 | ref=User:Owner""",
    ),
    "CampaignMember": (
        "00v",
        """
CampaignId | reference 18 | req once ref=Campaign:Campaign
LeadId | reference 18 | once ref=Lead:Lead
ContactId | reference 18 | once ref=Contact:Contact
Status | picklist 40
HasResponded | boolean | ro def=false
FirstRespondedDate | date | ro
Name | string 121 | ro
Type | string 40 | ro""",
    ),
    "CampaignMemberStatus": (
        "01Y",
        """
CampaignId | reference 18 | req once ref=Campaign:Campaign
Label | string 765 | req
HasResponded | boolean | def=false
IsDefault | boolean | def=false
SortOrder | int""",
    ),
}
KEPT = ("User", "Group")  # never deleted: without IsDeleted
TANDEM_ON = ("Lead", "Contact", "Account")
SYSTEM = """
CreatedDate | datetime | ro
CreatedById | reference 18 | ro ref=User:CreatedBy
LastModifiedDate | datetime | ro
LastModifiedById | reference 18 | ro ref=User:LastModifiedBy
SystemModstamp | datetime | ro"""
# parent, relationship, child, child's field
CHILDREN = (
    ("Account", "Contacts", "Contact", "AccountId"),
    ("Account", "Opportunities", "Opportunity", "AccountId"),
    ("Account", "ChildAccounts", "Account", "ParentId"),
    ("Account", "Tasks", "Task", "WhatId"),
    ("Contact", "OpportunityContactRoles", "OpportunityContactRole", "ContactId"),
    ("Contact", "CampaignMembers", "CampaignMember", "ContactId"),
    ("Contact", "Tasks", "Task", "WhoId"),
    ("Lead", "CampaignMembers", "CampaignMember", "LeadId"),
    ("Lead", "Tasks", "Task", "WhoId"),
    ("Opportunity", "OpportunityContactRoles", "OpportunityContactRole", "OpportunityId"),
    ("Opportunity", "Tasks", "Task", "WhatId"),
    ("Campaign", "CampaignMembers", "CampaignMember", "CampaignId"),
    ("Campaign", "CampaignMemberStatuses", "CampaignMemberStatus", "CampaignId"),
    ("Campaign", "Opportunities", "Opportunity", "CampaignId"),
    ("Campaign", "ChildCampaigns", "Campaign", "ParentId"),
)
# what a reference to several types offers in SOQL
NAME_FIELDS = (
    "Id",
    "Name",
    "FirstName",
    "LastName",
    "Email",
    "Username",
    "IsActive",
    "Title",
    "Phone",
    "Alias",
    "Type",
)
TEXTS = ("string", "picklist", "phone", "email", "url", "textarea")
NUMBERS = ("double", "currency", "percent", "int")


class Field:
    def __init__(self, line):
        parts = [p.strip() for p in line.split("|")]
        self.name = parts[0]
        kind, _, length = parts[1].partition(" ")
        self.type, self.length = kind, int(length or 0)
        flags = parts[2] if len(parts) > 2 else ""
        words = re.split(r" (?=(?:req|ro|once|ext|uniq|nofilter)\b|(?:ref|pick|rpick|def)=)", flags) if flags else []
        given = dict(w.partition("=")[::2] for w in words)
        self.required, self.readonly, self.once = "req" in given, "ro" in given, "once" in given
        self.external, self.unique, self.filterable = "ext" in given, "uniq" in given, "nofilter" not in given
        self.values = tuple((given.get("rpick") or given.get("pick") or "").split(";")) if "pick" in flags else ()
        self.restricted = "rpick" in given
        self.default = given.get("def")
        if kind == "boolean":
            self.default = self.default == "true"
        targets, _, self.relationship = given.get("ref", "").partition(":")
        self.targets = tuple(filter(None, targets.split(",")))
        self.label = (
            re.sub(r"(?<=[a-z])(?=[A-Z])", " ", re.sub(r"(Id|__c)$", " ID" if targets else "", self.name))
            .replace("_", " ")
            .strip()
        )

    def shown(self):
        system = self.name in ("Id",)
        return {
            "name": self.name,
            "label": self.label,
            "type": self.type,
            "length": self.length,
            "soapType": {
                "reference": "tns:ID",
                "id": "tns:ID",
                "boolean": "xsd:boolean",
                "datetime": "xsd:dateTime",
                "date": "xsd:date",
                "int": "xsd:int",
            }.get(self.type, "xsd:double" if self.type in NUMBERS else "xsd:string"),
            "createable": not self.readonly,
            "updateable": not self.readonly and not self.once,
            "nillable": not self.required and self.type != "boolean" and not system,
            "externalId": self.external,
            "idLookup": self.external or system or self.type == "email",
            "unique": self.unique,
            "caseSensitive": False,
            "custom": self.name.endswith("__c"),
            "filterable": self.filterable,
            "sortable": self.filterable,
            "defaultedOnCreate": self.default is not None,
            "restrictedPicklist": self.restricted,
            "referenceTo": list(self.targets),
            "relationshipName": self.relationship or None,
            "picklistValues": [
                {"value": v, "label": v, "active": True, "defaultValue": v == self.default} for v in self.values
            ],
        }


class Type:
    def __init__(self, name, prefix, text, tandem):
        self.name, self.prefix = name, prefix
        lines = ["Id | id 18 | ro"] + ([] if name in KEPT else ["IsDeleted | boolean | ro def=false"])
        lines += text.strip().split("\n") + SYSTEM.strip().split("\n")
        if tandem and name in TANDEM_ON:
            lines.append(TANDEM.strip())
        self.fields = {f.name: f for f in map(Field, lines)}
        self.relations, self.children = {}, {}
        self.index()

    def index(self):
        self.lower = {n.lower(): f for n, f in self.fields.items()}
        self.relations = {f.relationship.lower(): f for f in self.fields.values() if f.relationship}

    def field(self, name):
        return self.lower.get(name.lower())

    def add(self, line):
        field = Field(line)
        self.fields[field.name] = field
        self.index()

    def remove(self, name):
        del self.fields[name]
        self.index()

    def shown_short(self, version):
        base = "/services/data/%s/sobjects/%s" % (version, self.name)
        write = self.name not in KEPT
        return {
            "name": self.name,
            "label": self.name,
            "keyPrefix": self.prefix,
            "queryable": True,
            "createable": write,
            "updateable": write,
            "deletable": write,
            "retrieveable": True,
            "replicateable": True,
            "custom": False,
            "mergeable": self.name in ("Lead", "Contact", "Account"),
            "urls": {"sobject": base, "describe": base + "/describe", "rowTemplate": base + "/{ID}"},
        }


class Schema:
    def __init__(self, tandem=True):
        self.types = {n: Type(n, prefix, text, tandem) for n, (prefix, text) in TYPES.items()}
        self.lower = {n.lower(): t for n, t in self.types.items()}
        self.prefixes = {t.prefix: t for t in self.types.values()}
        for parent, relation, child, field in CHILDREN:
            self.types[parent].children[relation.lower()] = (relation, self.types[child], field)

    def type(self, name):
        return self.lower.get(name.lower())


def suffix_of(id15):
    return "".join(
        SUFFIX[sum(1 << i for i, c in enumerate(id15[at : at + 5]) if "A" <= c <= "Z")] for at in (0, 5, 10)
    )


def make_id(prefix, number):
    digits = ""
    while number:
        number, digit = divmod(number, 62)
        digits = ALPHABET[digit] + digits
    id15 = prefix + "5g" + digits.rjust(10, "0")
    return id15 + suffix_of(id15)


def full_id(text):
    """The 18-character form of a 15- or 18-character id; None when it is malformed. 18 characters are case-safe."""
    if not isinstance(text, str) or not re.fullmatch(r"[A-Za-z0-9]{15}(?:[A-Za-z0-5]{3})?", text):
        return None
    id15, given = text[:15], text[15:].upper()
    if not given:
        return id15 + suffix_of(id15)
    chars = []
    for at, char in enumerate(id15):
        upper = SUFFIX.index(given[at // 5]) >> (at % 5) & 1
        if upper and not char.isalpha():
            return None
        chars.append(char.upper() if upper else char.lower())
    id15 = "".join(chars)
    return id15 + suffix_of(id15)


def stamp_text(seconds):
    return datetime.datetime.utcfromtimestamp(int(seconds)).isoformat() + ".000+0000"


def parse_time(text):
    """Canonical text of an ISO date-time with a zone, None when it is not one."""
    found = (
        re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:?\d\d)", text)
        if isinstance(text, str)
        else None
    )
    if not found:
        return None
    clock, fraction, zone = found.groups()
    try:
        moment = datetime.datetime.fromisoformat(clock + ("+00:00" if zone == "Z" else zone[:3] + ":" + zone[-2:]))
        moment = moment.astimezone(datetime.timezone.utc)
    except (ValueError, OverflowError):
        return None
    return "%s.%s+0000" % (moment.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0"), ((fraction or "") + "000")[:3])


def seconds_of(text):
    return datetime.datetime.fromisoformat(text[:19] + "+00:00").timestamp()


def valid_date(text):
    try:
        return isinstance(text, str) and len(text) == 10 and bool(datetime.date.fromisoformat(text))
    except ValueError:
        return False

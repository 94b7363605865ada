#!/usr/bin/env python3
"""Reads the clearing files of a day in every form, each with a reader of its own, and compares sums.

    layouts.py FOLDER_OF_THE_DATE

Exit 0 when all forms say the same; else what differs is on standard error."""
import csv
import glob
import json
import os
import struct
import sys
import xml.etree.ElementTree as ET

NS = "{urn:iso:std:iso:20022:tech:xsd:camt.053.001.08}"
# Children in the order of the message definition (BankToCustomerStatementV08), as far as they occur.
ORDER = {
    "Document": ["BkToCstmrStmt"],
    "BkToCstmrStmt": ["GrpHdr", "Stmt", "SplmtryData"],
    "GrpHdr": ["MsgId", "CreDtTm", "MsgRcpt", "MsgPgntn", "OrgnlBizQry", "AddtlInf"],
    "Stmt": ["Id", "StmtPgntn", "ElctrncSeqNb", "RptgSeq", "LglSeqNb", "CreDtTm", "FrToDt", "CpyDplctInd",
             "RptgSrc", "Acct", "RltdAcct", "Intrst", "Bal", "TxsSummry", "Ntry", "AddtlStmtInf"],
    "FrToDt": ["FrDtTm", "ToDtTm"],
    "Acct": ["Id", "Tp", "Ccy", "Nm", "Prxy", "Ownr", "Svcr"],
    "Othr": ["Id", "SchmeNm", "Issr"],
    "Bal": ["Tp", "CdtLine", "Amt", "CdtDbtInd", "Dt", "Avlbty"],
    "Tp": ["CdOrPrtry", "SubTp"],
    "CdOrPrtry": ["Cd", "Prtry"],
    "TxsSummry": ["TtlNtries", "TtlCdtNtries", "TtlDbtNtries", "TtlNtriesPerBkTxCd"],
    "TtlNtries": ["NbOfNtries", "Sum", "TtlNetNtry"],
    "TtlNetNtry": ["Amt", "CdtDbtInd"],
    "Ntry": ["NtryRef", "Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "ValDt", "AcctSvcrRef", "Avlbty",
             "BkTxCd", "ComssnWvrInd", "AddtlInfInd", "AmtDtls", "Chrgs", "TechInptChanl", "Intrst", "CardTx",
             "NtryDtls", "AddtlNtryInf"],
    "BkTxCd": ["Domn", "Prtry"],
    "Prtry": ["Cd", "Issr"],
    "Sts": ["Cd", "Prtry"],
    "NtryDtls": ["Btch", "TxDtls"],
    "Btch": ["MsgId", "PmtInfId", "NbOfTxs", "TtlAmt", "CdtDbtInd"],
    "BookgDt": ["Dt", "DtTm"], "ValDt": ["Dt", "DtTm"], "Dt": ["Dt", "DtTm"], "Id": ["IBAN", "Othr"],
}
MANDATORY = {
    "GrpHdr": ["MsgId", "CreDtTm"], "Stmt": ["Id", "Acct", "Bal"], "Acct": ["Id"],
    "Bal": ["Tp", "Amt", "CdtDbtInd", "Dt"], "Ntry": ["Amt", "CdtDbtInd", "Sts", "BkTxCd"],
}
bad = []


def same(what, one, other):
    if one != other:
        bad.append("%s: %s and %s" % (what, one, other))


def minor(text):
    assert text.count(".") == 1 and len(text.split(".")[1]) == 2, text
    return int(text.replace(".", ""))


# --- each form as (mti, processing code, amount in minor units, card) ---------------------------------

def of_fixed(path):
    lines = open(path, "rb").read().decode("gb18030").split("\n")
    assert lines[-1] == "" and lines[-2].startswith("TOTAL ")
    return [(l[101:105], l[106:112], int(l[62:74]), l[42:61].strip()) for l in lines[:-2]]


def of_csv(path):
    data = open(path, "rb").read()
    assert data.count(b"\n") == data.count(b"\r\n") and data.endswith(b"\r\n")
    with open(path, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, strict=True))
    assert all(None not in row and None not in row.values() for row in rows)
    return [(r["mti"], r["processing_code"], minor(r["amount"]), r["card"]) for r in rows]


def of_jsonl(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")]
    total = rows.pop()
    assert total["record"] == "total" and all(r["record"] == "detail" for r in rows)
    same(path + ": count", total["count"], len(rows))
    if "debit_count" in total:
        debits = sum(r["amount_minor"] for r in rows if r["processing_code"][:2] in ("46", "40"))
        same(path + ": debits", total["debit_amount_minor"], debits)
    return [(r["mti"], r["processing_code"], r["amount_minor"], r["card"]) for r in rows]


# Lengths of elements: a number of bytes, or of digits in front.
FIXED = {3: 6, 4: 12, 7: 10, 11: 6, 24: 3, 26: 4, 37: 12, 38: 6, 41: 8, 42: 15, 49: 3, 71: 8}
PREFIXED = {2: 2, 32: 2, 33: 2, 48: 3, 93: 2}


def records_of(data):
    at = 0
    while True:
        length, = struct.unpack(">I", data[at:at + 4])
        at += 4
        if length == 0:
            assert set(data[at:]) <= {0x40}
            return
        assert at + length <= len(data)
        yield data[at:at + length]
        at += length


def elements_of(record):
    fields, at = {0: record[:4].decode("cp037")}, 20
    bits = int.from_bytes(record[4:20], "big")
    assert bits >> 127 == 1, "the second bitmap is not announced"
    for de in range(2, 129):
        if bits >> (128 - de) & 1:
            length = FIXED.get(de)
            if length is None:
                digits = PREFIXED[de]
                length = int(record[at:at + digits].decode("cp037"))
                at += digits
            fields[de] = record[at:at + length].decode("cp037")
            at += length
    assert at == len(record)
    return fields


def private_of(text):
    tags, at = {}, 0
    while at < len(text):
        length = int(text[at + 4:at + 7])
        tags[text[at:at + 4]] = text[at + 7:at + 7 + length]
        at += 7 + length
    return tags


def of_ipm(path):
    data = open(path, "rb").read()
    if path.endswith("1014"):
        assert len(data) % 1014 == 0
        blocks = [data[i:i + 1014] for i in range(0, len(data), 1014)]
        assert all(block[1012:] == b"@@" for block in blocks)
        data = b"".join(block[:1012] for block in blocks)
    messages = [elements_of(record) for record in records_of(data)]
    same(path + ": numbers", [int(m[71]) for m in messages], list(range(1, len(messages) + 1)))
    head, details, tail = messages[0], messages[1:-1], messages[-1]
    assert (head[0], head[24], tail[0], tail[24]) == ("1644", "697", "1644", "695")
    assert all((m[0], m[24]) == ("1240", "200") for m in details)
    tags = private_of(tail[48])
    same(path + ": amounts", int(tags["0301"]), sum(int(m[4]) for m in details))
    same(path + ": messages", int(tags["0306"]), len(messages))
    same(path + ": file", private_of(head[48])["0105"], tags["0105"])
    return [(private_of(m[48])["9001"], m[3], int(m[4]), m[2]) for m in details]


# --- positions as {(institution, currency): (debits, credits, fees, net)} --------------------------------

def signed(text):
    return int(text[1:]) * (1 if text[0] == "C" else -1)


def positions_of_fixed(path):
    lines = open(path, encoding="ascii").read().split("\n")[:-2]
    return {(l[:11], l[115:118]): (int(l[32:48]), int(l[60:76]), signed(l[96:114]), signed(l[77:95]))
            for l in lines}


def positions_of_csv(path):
    with open(path, encoding="utf-8", newline="") as file:
        return {(r["institution"], {"CNY": "156"}[r["currency"]]):
                (minor(r["debit_amount"]), minor(r["credit_amount"]), minor(r["fees"]), minor(r["net"]))
                for r in csv.DictReader(file, strict=True)}


def positions_of_jsonl(path):
    rows = [json.loads(line) for line in open(path, encoding="utf-8")][:-1]
    return {(r["institution"], r["currency"]):
            (r["debit_amount_minor"], r["credit_amount_minor"], r["fees_minor"], r["net_minor"]) for r in rows}


def check_order(path, element):
    name = element.tag.replace(NS, "")
    assert element.tag.startswith(NS), element.tag
    children = [child.tag.replace(NS, "") for child in element]
    if children:
        assert name in ORDER, "%s: %s has children" % (path, name)
        places = [ORDER[name].index(child) for child in children]
        same("%s: order in %s" % (path, name), places, sorted(places))
        for child in MANDATORY.get(name, []):
            assert child in children, "%s: %s without %s" % (path, name, child)
    for child in element:
        check_order(path, child)


def amount_of(element):
    sign = {"CRDT": 1, "DBIT": -1}[element.find(NS + "CdtDbtInd").text]
    return sign * minor(element.find(NS + "Amt").text if "." in element.find(NS + "Amt").text else
                        element.find(NS + "Amt").text + ".00")


def positions_of_camt(path):
    root = ET.parse(path).getroot()
    check_order(path, root)
    found = {}
    for statement in root.iter(NS + "Stmt"):
        path_of = lambda *names: "/".join(NS + name for name in names)
        institution = statement.find(path_of("Acct", "Id", "Othr", "Id")).text
        currency = statement.find(path_of("Acct", "Ccy")).text
        balances = {b.find(path_of("Tp", "CdOrPrtry", "Cd")).text: amount_of(b) for b in statement.findall(NS + "Bal")}
        entries = {e.find(NS + "NtryRef").text: amount_of(e) for e in statement.findall(NS + "Ntry")}
        assert all(a.get("Ccy") == currency for e in list(statement.iter(NS + "Bal")) + list(statement.iter(NS + "Ntry"))
                   for a in [e.find(NS + "Amt")])
        same(path + ": entries", balances["OPBD"] + sum(entries.values()), balances["CLBD"])
        same(path + ": net", amount_of(next(statement.iter(NS + "TtlNetNtry"))), balances["CLBD"])
        same(path + ": number", int(next(statement.iter(NS + "NbOfNtries")).text), len(entries))
        found[institution, {"CNY": "156"}[currency]] = (-entries["DEBITS"], entries["CREDITS"], entries["FEES"],
                                                         balances["CLBD"])
    return found


def main(day):
    details = {"IND26123101ICOM": "issuer", "IND26123101ACOM": "acquirer", "IND26123186SCOM": "sender",
               "IND26123186FRZ": "freezes"}
    forms = {"csv": of_csv, "jsonl": of_jsonl, "ipm": of_ipm, "ipm1014": of_ipm}
    rows = files = 0
    for path in sorted(glob.glob(day + "/*/IND*")):
        folder, name = os.path.split(path)
        base = details.get(name)
        if base is None:
            continue
        expected = of_fixed(path)
        rows += len(expected)
        for form, reader in forms.items():
            other = "%s/%s-261231.%s" % (folder, base, form)
            if base == "freezes" and form.startswith("ipm"):
                continue
            same(other, reader(other), expected)
            files += 1
    for path in sorted(glob.glob(day + "/*/IND26123186POS")):
        folder = os.path.dirname(path)
        expected = positions_of_fixed(path)
        for other, reader in (("position-261231.csv", positions_of_csv), ("position-261231.jsonl", positions_of_jsonl),
                              ("camt053-261231.xml", positions_of_camt)):
            same(folder + "/" + other, reader(folder + "/" + other), expected)
            files += 1
        if len(expected) > 1:
            same(path + ": nets", sum(p[3] for p in expected.values()), 0)
    print("%d files of other forms say what %d rows of fixed width do" % (files, rows))
    assert rows > 100 and files > 30
    for line in bad:
        print(line[:1000], file=sys.stderr)
    return 1 if bad else 0


sys.exit(main(sys.argv[1]))

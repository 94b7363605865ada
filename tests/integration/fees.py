"""Reads the files of a date that was cut with the shipped example table, knowing nothing of cardlab's
code: works every fee out again with fractions, and prints what does not agree, or what all comes to.

    fees.py FOLDER        FOLDER/<institution>/IND<yymmdd>..."""
import glob
import os
import sys
from fractions import Fraction

SWITCH = "00000010000"


def rounded(value, rule):
    whole, rest = divmod(value.numerator, value.denominator)
    rest = Fraction(rest, value.denominator)
    if rule == "half_up":
        return whole + (rest >= Fraction(1, 2))
    if rule == "half_even":
        return whole + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1))
    return whole


def fees_of(share):
    """[(fee, payer's role, payee's role, amount)] of specs/fees/example.yaml."""
    amount = share["amount"]
    if share["acquirer"] == "00091230002":
        switching = 1
    else:
        switching = min(500, max(3, 2 + rounded(Fraction(325, 1000000) * amount, "half_up")))
    holding = min(1000, rounded(Fraction(1, 1000) * amount, "half_even"))
    rate = Fraction(15, 100000) if share["receiver_issuer"] == "00095550002" else Fraction(2, 10000)
    interchange = max(1, rounded(rate * amount, "down"))
    every = [("switching", "acquirer", "switch", switching),
             ("holding", "sender_wallet", "sender_issuer", holding),
             ("interchange", "receiver_issuer", "sender_issuer", interchange),
             ("support", "sender_issuer", "switch", -1)]
    return [one for one in every if share[one[1]] != share[one[2]] and one[3] != 0]


def signed(text):
    return int(text[1:]) * {"C": 1, "D": -1}[text[0]]


def lines_of(path):
    with open(path, encoding="ascii") as file:
        lines = file.read().splitlines()
    return lines[:-1], lines[-1]


faults = []


def expect(what, expected, got):
    if expected != got:
        faults.append("%s: expected %s, got %s" % (what, expected, got))


def sides(share, role):
    receivable = payable = switch = 0
    for _, payer, payee, amount in fees_of(share):
        if role == payer and payee == "switch":
            switch -= amount
        elif role == payer:
            payable += amount
        elif role == payee:
            receivable += amount
    return receivable, payable, switch


def read_details(path, roles):
    """Checks the three columns of each line; gives the sum of the file and its shares."""
    total, shares = 0, []
    details, trailer = lines_of(path)
    for number, line in enumerate(details, 1):
        share = {"amount": int(line[62:74]), "acquirer": line[12:23], "sender_wallet": line[433:444],
                 "sender_issuer": line[409:420], "receiver_issuer": line[421:432], "switch": SWITCH}
        got = int(line[192:204]), int(line[205:217]), signed(line[218:230])
        expect("%s:%d" % (path, number), sides(share, roles[line[106:108]]), got)
        total += got[0] - got[1] + got[2]
        shares.append(share)
    expect("%s: trailer" % path, total, signed(trailer[113:131]))
    return total, shares


def main(folder):
    nets, fees, shares, lines = {}, {}, [], 0
    for party in sorted(os.listdir(folder)):
        if not os.path.isdir(os.path.join(folder, party)):
            continue
        here = os.path.join(folder, party)
        total = 0
        for name, roles in (("01ACOM", {"40": "acquirer"}), ("86SCOM", {"40": "sender_wallet"}),
                            ("01ICOM", {"46": "sender_issuer", "47": "receiver_issuer"})):
            for path in glob.glob(os.path.join(here, "IND*" + name)):
                sum_of, found = read_details(path, roles)
                total += sum_of
                if name == "01ACOM":
                    shares += found
        in_files = 0
        for path in glob.glob(os.path.join(here, "IND*FEE")):
            details, trailer = lines_of(path)
            sum_of = sum(signed(line[99:117]) for line in details)
            expect("%s: trailer" % path, sum_of, signed(trailer[38:56]))
            in_files += sum_of
            lines += len(details)
        [path] = glob.glob(os.path.join(here, "IND*86POS"))
        for line in lines_of(path)[0]:
            if line[:11] == party:
                nets[party, line[115:118]] = signed(line[77:95])
                fees[party] = signed(line[96:114])
                expect("%s: net" % path, int(line[60:76]) - int(line[32:48]) + fees[party],
                       nets[party, line[115:118]])
        expect("%s: fee files" % here, fees[party], in_files)
        if party != SWITCH:
            expect("%s: details" % here, fees[party], total)
    income = sum(amount for share in shares for _, _, payee, amount in fees_of(share)
                 if payee == "switch")
    expect("the switch's income", income, fees[SWITCH])
    for currency in {currency for _, currency in nets}:
        expect("nets of " + currency, 0,
               sum(net for (_, one), net in nets.items() if one == currency))
    for fault in faults:
        print(fault)
    if not faults:
        print("%d shares, %d fee lines, the switch gets %d" % (len(shares), lines, income))


main(sys.argv[1])

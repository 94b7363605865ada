"""Plants differences for reconcile.test: planting.py file IN OUT CODE | book IN OUT CODE | bank IN OUT.

file: a clearing file of fixed width; CODE changes `lines` (details only), the trailer is made right
again. book: a book as `cardlab reconcile --export` writes it; CODE changes `rows`, lists of cells by
name. bank: such a book as specs/ledgers/bank-example.yaml has it.
"""
import csv
import sys

CODES = {"46": 0, "47": 1, "03": 0, "20": 1}


def side(path, line):
    """0: a debit, or a freeze; 1: a credit, or an unfreeze."""
    process = line[106:108]
    if process != "00":
        return CODES[process]
    return int((line[101:105] == "0420") != path.endswith("ACOM"))


def change_file(path, out, code):
    text = open(path, encoding="ascii").read().splitlines()
    lines, trailer = text[:-1], text[-1]
    exec(code)
    sums = [[0, 0], [0, 0]]
    is_claims = False
    for line in lines:
        is_claims = is_claims or line[106:108] == "40"
        for one in sums if line[106:108] == "40" else [sums[side(path, line)]]:
            one[0] += 1
            one[1] += int(line[62:74])
    head = trailer[:26] + " %010d %010d %016d %010d %016d" % (len(lines), *sums[0], *sums[1])
    net = sums[1][1] - sums[0][1]
    rest = trailer[len(head):]
    if len(rest) > 0:
        head += " %s%017d" % ("D" if net < 0 else "C", abs(net)) + rest[19:]
    assert len(head) == len(trailer), (head, trailer)
    open(out, "w", encoding="ascii").write("\n".join([*lines, head]) + "\n")


def read_book(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def change_book(path, out, code):
    rows = read_book(path)
    names = list(rows[0])
    exec(code)
    with open(out, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names)
        writer.writeheader()
        writer.writerows(rows)


TYPES = {"debit": "红包出账", "credit": "红包入账", "debit reversal": "出账冲正",
         "freeze": "红包冻结", "unfreeze": "红包解冻", "freeze reversal": "冻结冲正",
         "purchase": "消费", "purchase reversal": "消费冲正"}
STATES = {"final": "已入账", "to be confirmed": "待确认", "held": "挂账", "reversed": "已冲正",
          "refused": "已拒绝"}
BANK = ["流水", "交易类型", "状态", "清算日期", "金额", "传输时间", "跟踪号", "受理机构", "发送机构",
        "钱包机构", "冻结日期", "冻结序号", "份号", "卡号", "参考号"]


def bank_row(number, row):
    date, freeze = row["settlement_date"], row["freeze_date"]
    minor = int(row["amount"])
    sign = "-" if row["type"] == "debit" else ""
    amount = sign + f"{minor // 100:,}".replace(",", ".") + ",%02d" % (minor % 100)
    return [number, TYPES[row["type"]], STATES[row["state"]],
            f"{date[:4]}-{date[4:6]}-{date[6:]} 18:30:00", amount, row["transmission"], row["stan"],
            row["acquirer"], row["forwarder"], row["freeze_wallet"],
            f"{freeze[6:]}.{freeze[4:6]}.{freeze[:4]}", row["freeze_sequence"], row["share"],
            row["card"], row["rrn"]]


def to_bank(path, out):
    with open(out, "w", newline="", encoding="gb18030") as file:
        writer = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        writer.writerow(["红包交易流水（示例银行）"])
        writer.writerow(BANK)
        for number, row in enumerate(read_book(path), 1):
            writer.writerow(bank_row(number, row))
            writer.writerow([number, "手续费"] + [""] * (len(BANK) - 2))


if __name__ == "__main__":
    {"file": change_file, "book": change_book, "bank": to_bank}[sys.argv[1]](*sys.argv[2:])

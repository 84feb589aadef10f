package policy_test

import (
	"strings"
	"testing"

	"github.com/apscloud/apsid/internal/policy"
)

// ABUSE 57: an attacker has APS ID mail a message of theirs, in the name of a person, a practice or an app.
func TestNamesThatCarryAMessage(t *testing.T) {
	for want, names := range map[policy.NameProblem][]string{
		policy.NameLink: {
			"Visit https://evil.example/x", "http:evil", "hxxps evil", "ＨＴＴＰ：／／evil", "www.evil.co.nz", "WWW . evil", "evil.example", "Refund at evil.zip now",
			"sub.evil.co.uk", "EVIL.COM", "evil。com", "evil．ｃｏｍ", "evil․com", "evil·com", "evil[.]com", "evil (dot) com", "evil .com", "ann@evil.example",
			"evil.com/pay", "x.co/pay", "x.co:443", "访问evil.com领取", "пример.рф", "évil.com", "e\u0301vil.com", "10.1.2.3", "mailto:ann", "javascript:alert(1)",
			"login.aps-id.help", "evil.com.", "evil.com,", "“evil.com”", "evil_pay.com", "mr.evil.com", "dr.li/x", "bit.ly∕x", "a.b.evil.com",
		},
		policy.NamePhone: {
			"Call 1800 123 456", "0800-123-456", "+64 (21) 123.4567", "1300 1234", "٠٨٠٠١٢٣٤٥٦", "０８００１２３４５６", "०८००१२३", "一三八零零一三八零零", "0 8 0 0 1 2 3",
			"08/001/23", "O8OO 123 4567", "12 a 34 b 56 c 78 d 90",
		},
		policy.NameUnprinted: {
			"Ann\nYour account is locked", "Ann\r", "Ann\u2028x", "Ann\u2029x", "Ann\vx", "Ann\fx", "Ann\u0085x", "Ann\x00", "Ann\u202ecod", "Ann\u2066x", "Ann\u200bx",
			"Ann\ufeffx", "Ann\xff", "Ann\tx", "𝐞𝐯𝐢𝐥.𝐜𝐨𝐦", "⓪⑧⓪⓪①②③", "Ann\u00a0x",
		},
		policy.NameTooLong: {strings.Repeat("a", policy.MaxName+1), strings.Repeat("ā", policy.MaxName+1)},
		policy.NameEmpty:   {"", " ", " Ann", "Ann "},
	} {
		for _, name := range names {
			trimmed := name
			if want == policy.NameUnprinted && strings.TrimSpace(name) != name {
				trimmed = name + "x"
			}
			if got := policy.CheckName(trimmed); got != want {
				t.Errorf("%q: %q, want %q", trimmed, got, want)
			}
		}
		if want.Text() == "" {
			t.Errorf("%s has no words", want)
		}
	}
}

func TestNamesOfPeopleAndPractices(t *testing.T) {
	for _, name := range []string{
		"Jr.", "Sammy Davis Jr.", "St. John", "St.John Smythe", "O'Brien", "O’Brien", "A.C.M.E. Pty Ltd", "Smith & Co. 1987", "3rd Floor Accounting",
		"Māori Ōtautahi Ltd", "Ngāti Whātua Ōrākei", "王小明", "李", "欧阳娜娜", "山田 太郎", "ＡＢＣ会計", "김민준", "Владимир Иванов", "José María Ñúñez-García",
		"Jane Doe B.Com", "J.Ng", "Mr.Ng", "Dr. Li", "Smith.Jones", "Co.Ltd", "Ho & Co.Ltd", "Smith Partners Pty. Ltd.", "Mary-Jane d'Arc", "Ph.D. Services",
		"Unit 12/34 Studio", "2020 Vision", "Firm No. 1", "24/7 Bookkeeping", "Accountants @ Work", "Tom (Timesheets)", "iPhone 15 Pro", "Anne, née Smith", "R2-D2 Ltd",
		"Harbour & Finch", "PricewaterhouseCoopers", "Prof. Dr. h.c. Anna Weber", "Nguyễn Văn Ân", "عبد الله", "अमित शर्मा", "Γιώργος", "Ελένη", "Łukasz", "Marcel·la", "约翰·史密斯", "ジョン・クラウド", "Jean-Luc (JL)",
		"J. P. Morgan", "J.P. Morgan", "Inc. of Perth", "First. Second", "Mobile ••• 123", "三一会计", "Authenticator app", "No.1 Accounting", "User Management+",
		strings.Repeat("ā", policy.MaxName),
	} {
		if got := policy.CheckName(name); got != policy.NameFine {
			t.Errorf("%q is refused: %s", name, got)
		}
	}
}

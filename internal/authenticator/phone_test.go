package authenticator_test

import (
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
	"pgregory.net/rapid"

	"github.com/apscloud/apsid/internal/authenticator"
	"github.com/apscloud/apsid/internal/idp"
)

func TestParseMobile(t *testing.T) { // ABUSE 27
	const (
		fine      = authenticator.PhoneFine
		invalid   = authenticator.PhoneInvalid
		notMobile = authenticator.PhoneNotMobile
		country   = authenticator.PhoneCountry
	)
	tests := []struct {
		country, text, want string
		problem             authenticator.PhoneProblem
	}{
		{"AU", "0412 345 678", "+61412345678", fine},
		{"AU", "412345678", "+61412345678", fine},
		{"AU", "+61 412 345 678", "+61412345678", fine},
		{"AU", "+61 (0)412 345 678", "+61412345678", fine},
		{"AU", "0061 412 345 678", "+61412345678", fine}, // Australia dials 0011
		{"AU", "0011 61 412 345 678", "+61412345678", fine},
		{"AU", "(0412) 345-678", "+61412345678", fine},
		{"AU", "0412\u00a0345\u2011678", "+61412345678", fine},
		{"AU", "０４１２３４５６７８", "+61412345678", fine},
		{"NZ", "021 123 4567", "+64211234567", fine},
		{"NZ", "+64 21 123 4567", "+64211234567", fine},
		{"NZ", "0064 21 123 4567", "+64211234567", fine},
		{"GB", "07400 123456", "+447400123456", fine},
		{"GB", "+44 (0)7400 123456", "+447400123456", fine},
		{"GB", "0044 7400 123456", "+447400123456", fine},

		{"AU", "02 9374 4000", "", notMobile}, // Sydney
		{"AU", "1800 160 401", "", notMobile},
		{"AU", "1900 654 321", "", notMobile}, // premium rate
		{"AU", "0147 123 456", "", notMobile}, // satellite
		{"AU", "0163 123 45", "", notMobile},  // pager
		{"AU", "0550 123 456", "", invalid},
		{"NZ", "09 887 6986", "", notMobile},
		{"NZ", "0900 12345", "", notMobile},
		{"NZ", "070 123 4567", "", notMobile}, // personal number
		{"GB", "020 7946 0018", "", notMobile},
		{"GB", "070 1234 5678", "", notMobile}, // personal number: forwards at the caller's cost
		{"GB", "076 4012 3456", "", notMobile}, // pager
		{"GB", "09012 345678", "", notMobile},

		{"GB", "07797 712345", "", invalid},    // Jersey
		{"GB", "07781 123456", "", invalid},    // Guernsey
		{"GB", "07924 123456", "", invalid},    // Isle of Man
		{"AU", "+61 8 9162 1234", "", invalid}, // Cocos (Keeling) Islands
		{"AU", "+64 21 123 4567", "", invalid},
		{"NZ", "+61 412 345 678", "", invalid},
		{"GB", "+1 201 555 0123", "", invalid},
		{"GB", "+882 16 1234 5678", "", invalid}, // international networks
		{"GB", "+8816 1234 5678", "", invalid},   // satellite

		{"AU", "", "", invalid},
		{"AU", "0412", "", invalid},
		{"AU", "000", "", invalid},
		{"AU", "0412 FLOWERS", "", invalid},
		{"AU", "0412 345 678 ext 9", "", invalid},
		{"AU", "0412345678;ext=9", "", invalid},
		{"AU", "tel:0412345678;phone-context=+64", "", invalid},
		{"AU", "0412 345 678, 0412 345 679", "", invalid},
		{"AU", "0412 345 678\x00", "", invalid},
		{"AU", "٠٤١٢٣٤٥٦٧٨", "", invalid},
		{"AU", strings.Repeat("0", 1<<20), "", invalid},

		{"other", "0412 345 678", "", country},
		{"", "0412 345 678", "", country},
		{"au", "0412 345 678", "", country},
		{"JE", "07797 712345", "", country},
		{"US", "201 555 0123", "", country},
	}
	for _, test := range tests {
		got, problem := authenticator.ParseMobile(test.country, test.text)
		if got.Reveal() != test.want || problem != test.problem {
			t.Errorf("%s %.40q: %q, %q; want %q, %q", test.country, test.text, got.Reveal(), problem, test.want, test.problem)
		}
	}
}

func TestParsedNumberIsAlwaysAMobileOfItsCountry(t *testing.T) { // ABUSE 27
	prefixes := map[string]string{"AU": "+614", "NZ": "+642", "GB": "+447"}
	rapid.Check(t, func(rt *rapid.T) {
		country := rapid.SampledFrom([]string{"AU", "NZ", "GB"}).Draw(rt, "country")
		text := rapid.OneOf(rapid.StringMatching(`(\+?(61|64|44|1|0)?[0-9() .\-]{6,14})`), rapid.String()).Draw(rt, "text")
		number, problem := authenticator.ParseMobile(country, text)
		if problem != authenticator.PhoneFine {
			if !number.IsZero() {
				rt.Fatalf("refused with a number: %q", number.Reveal())
			}
			return
		}
		if !strings.HasPrefix(number.Reveal(), prefixes[country]) || authenticator.CountryOfPhone(number) != country {
			rt.Fatalf("%s %q became %q", country, text, number.Reveal())
		}
		again, problem := authenticator.ParseMobile(country, number.Reveal())
		if again != number || problem != authenticator.PhoneFine {
			rt.Fatalf("%q is not stable: %q, %q", number.Reveal(), again.Reveal(), problem)
		}
	})
}

func TestExampleNumbersOfTheLibrary(t *testing.T) {
	kinds := []phonenumbers.PhoneNumberType{
		phonenumbers.FIXED_LINE, phonenumbers.MOBILE, phonenumbers.TOLL_FREE, phonenumbers.PREMIUM_RATE, phonenumbers.SHARED_COST,
		phonenumbers.VOIP, phonenumbers.PERSONAL_NUMBER, phonenumbers.PAGER, phonenumbers.UAN, phonenumbers.VOICEMAIL,
	}
	for _, country := range []string{"AU", "NZ", "GB"} {
		for _, kind := range kinds {
			example := phonenumbers.GetExampleNumberForType(country, kind)
			if example == nil || phonenumbers.GetRegionCodeForNumber(example) != country {
				continue // the country has none of the kind
			}
			national := phonenumbers.Format(example, phonenumbers.NATIONAL)
			_, problem := authenticator.ParseMobile(country, national)
			if fine := problem == authenticator.PhoneFine; fine != (kind == phonenumbers.MOBILE) {
				t.Errorf("%s %s of type %d: %q", country, national, kind, problem)
			}
		}
	}
}

func TestCountryOfANumberOfElsewhere(t *testing.T) {
	for _, number := range []string{"", "+", "+12015550123", "61412345678"} {
		if got := authenticator.CountryOfPhone(idp.NewSecret(number)); got != "" {
			t.Errorf("%q: %q", number, got)
		}
	}
}

func TestMaskPhoneShowsThreeDigits(t *testing.T) {
	for number, want := range map[string]string{"+61412345417": "••• ••• 417", "+64211234567": "••• ••• 567", "": "•••", "417": "•••"} {
		if got := authenticator.MaskPhone(idp.NewSecret(number)); got != want {
			t.Errorf("%q: %q, want %q", number, got, want)
		}
	}
}

func BenchmarkParseMobile(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, problem := authenticator.ParseMobile("AU", "0412 345 678"); problem != authenticator.PhoneFine {
			b.Fatal(problem)
		}
	}
}

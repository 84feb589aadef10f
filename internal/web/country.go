package web

// PhoneField is the field of a mobile number, with an example for each country that Countries offers.
func PhoneField(value, problem string) Input {
	return Input{
		Name: "phone", Label: "Mobile number", Hint: "Spaces are fine. For example:", Type: "tel", Inputmode: "tel", Autocomplete: "tel", Value: value, Error: problem,
		Examples: []Example{
			{"AU", "Australia", "0412 345 678"}, {"NZ", "New Zealand", "021 234 5678"}, {"GB", "United Kingdom", "07700 900123"},
		},
	}
}

// Countries lists the countries that a mobile number can be of, and one option for all others.
func Countries(chosen string) []Option {
	all := []Option{
		{Value: "", Label: "Choose a country"},
		{Value: "AU", Label: "Australia (+61)"},
		{Value: "NZ", Label: "New Zealand (+64)"},
		{Value: "GB", Label: "United Kingdom (+44)"},
		{Value: "other", Label: "Other"},
	}
	for i := range all {
		all[i].Chosen = all[i].Value == chosen
	}
	return all
}

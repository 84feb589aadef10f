package conformance

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// claimsOf are those that a scope stands for (OpenID Connect Core, section 5.4).
func claimsOf(scope string) []string {
	switch scope {
	case "openid":
		return []string{"sub"}
	case "profile":
		return []string{
			"name", "given_name", "family_name", "middle_name", "nickname", "profile", "picture", "website", "gender", "birthdate", "zoneinfo",
			"locale", "updated_at", "preferred_username",
		}
	case "email":
		return []string{"email", "email_verified"}
	case "address":
		return []string{"address"}
	case "phone":
		return []string{"phone_number", "phone_number_verified"}
	default:
		return nil
	}
}

// areStandard holds that the claims of section 5.1 have the types that it gives them.
func areStandard(claims map[string]any) error {
	var all []error
	for name, value := range claims {
		if err := isStandard(name, value); err != nil {
			all = append(all, err)
		}
	}
	return errors.Join(all...)
}

func isStandard(name string, value any) error {
	kind := "string"
	switch {
	case name == "email_verified" || name == "phone_number_verified":
		kind = "bool"
	case name == "updated_at":
		kind = "float64"
	case name == "address":
		return isAddress(value)
	case !slices.Contains(slices.Concat(claimsOf("openid"), claimsOf("profile"), claimsOf("email"), claimsOf("phone")), name):
		return nil // not of that section
	}
	if got := fmt.Sprintf("%T", value); got != kind {
		return fmt.Errorf("%s is %v (%s), want a %s", name, value, got, kind)
	}
	return nil
}

func isAddress(value any) error {
	address, isObject := value.(map[string]any)
	if !isObject {
		return fmt.Errorf("address is %v, want an object", value)
	}
	for name, part := range address {
		if _, isText := part.(string); !isText {
			return fmt.Errorf("address.%s is %v, want a string", name, part)
		}
	}
	return nil
}

// haveAll holds that no claim of these scopes is missing.
func haveAll(claims map[string]any, scopes string) error {
	var missing []string
	for _, scope := range strings.Fields(scopes) {
		for _, name := range claimsOf(scope) {
			if _, found := claims[name]; !found {
				missing = append(missing, name)
			}
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("%q are missing", missing)
	}
	return nil
}

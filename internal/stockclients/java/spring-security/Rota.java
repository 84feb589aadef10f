package rota;

import java.time.Duration;

import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.OAuth2AuthorizedClientProviderBuilder;
import org.springframework.security.oauth2.client.annotation.RegisteredOAuth2AuthorizedClient;
import org.springframework.security.oauth2.client.oidc.web.logout.OidcClientInitiatedLogoutSuccessHandler;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizedClientManager;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizedClientRepository;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.security.web.SecurityFilterChain;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.util.HtmlUtils;

@SpringBootApplication
@RestController
public class Rota {
    public static void main(String[] args) {
        SpringApplication.run(Rota.class, args);
    }

    @Bean
    SecurityFilterChain security(HttpSecurity http, ClientRegistrationRepository clients) throws Exception {
        var atProvider = new OidcClientInitiatedLogoutSuccessHandler(clients);
        atProvider.setPostLogoutRedirectUri("{baseUrl}");
        return http
            .authorizeHttpRequests(requests -> requests.anyRequest().authenticated())
            .oauth2Login(Customizer.withDefaults())
            .oidcLogout(logout -> logout.backChannel(Customizer.withDefaults()))
            .logout(logout -> logout
                .logoutRequestMatcher(request -> request.getServletPath().equals("/logout")) // a link may do it
                .logoutSuccessHandler(atProvider))
            .build();
    }

    @Bean
    OAuth2AuthorizedClientManager tokens(ClientRegistrationRepository clients, OAuth2AuthorizedClientRepository authorized,
            @Value("${rota.refresh-before}") Duration before) {
        var manager = new DefaultOAuth2AuthorizedClientManager(clients, authorized);
        manager.setAuthorizedClientProvider(OAuth2AuthorizedClientProviderBuilder.builder()
            .authorizationCode()
            .refreshToken(refresh -> refresh.clockSkew(before))
            .build());
        return manager;
    }

    @GetMapping("/")
    String home(@AuthenticationPrincipal OidcUser user) {
        return "<!doctype html><h1>Hello " + HtmlUtils.htmlEscape(user.getFullName(), "UTF-8") + "</h1> <a href=\"/logout\">Sign out</a>";
    }

    /** An access token that is still good, to call an API with. */
    @GetMapping("/refresh")
    String refresh(@RegisteredOAuth2AuthorizedClient("apsid") OAuth2AuthorizedClient client, @AuthenticationPrincipal OidcUser user) {
        return home(user);
    }
}

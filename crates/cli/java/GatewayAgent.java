import java.lang.instrument.Instrumentation;
import java.net.Authenticator;
import java.net.PasswordAuthentication;
import java.net.URI;
import java.net.URLDecoder;

/**
 * Hands the gateway's token, which stands in HTTPS_PROXY, to Java's HTTP classes when the gateway asks for it.
 * Java has no property for a proxy's user and password. Only that proxy is answered.
 *
 * Built by: javac --release 8 GatewayAgent.java, then
 * jar cfm gateway-agent.jar MANIFEST.MF GatewayAgent.class
 */
public final class GatewayAgent extends Authenticator {
    private final String host;
    private final int port;
    private final String user;
    private final char[] word;

    private GatewayAgent(String host, int port, String user, String word) {
        this.host = host;
        this.port = port;
        this.user = user;
        this.word = word.toCharArray();
    }

    public static void premain(String options, Instrumentation instrumentation) {
        try {
            URI proxy = new URI(System.getenv("HTTPS_PROXY"));
            String[] parts = proxy.getRawUserInfo().split(":", 2);
            String user = URLDecoder.decode(parts[0], "UTF-8");
            String word = URLDecoder.decode(parts[1], "UTF-8");
            Authenticator.setDefault(new GatewayAgent(proxy.getHost(), proxy.getPort(), user, word));
        } catch (Exception nothingToHandOver) {
            // Without a token there is nothing to do; the program goes on as if this agent were not there.
        }
    }

    @Override
    protected PasswordAuthentication getPasswordAuthentication() {
        boolean isGateway = getRequestorType() == RequestorType.PROXY
            && getRequestingPort() == port && host.equalsIgnoreCase(getRequestingHost());
        return isGateway ? new PasswordAuthentication(user, word) : null;
    }
}

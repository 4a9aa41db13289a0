import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.neo4j.configuration.GraphDatabaseSettings;
import org.neo4j.configuration.connectors.BoltConnector;
import org.neo4j.configuration.connectors.ConnectorPortRegister;
import org.neo4j.configuration.connectors.ConnectorType;
import org.neo4j.configuration.helpers.SocketAddress;
import org.neo4j.dbms.api.DatabaseManagementServiceBuilder;
import org.neo4j.kernel.internal.GraphDatabaseAPI;

/** Serves a Neo4j over Bolt on a loopback port, 0 for a free one, with the password given: FOLDER PASSWORD PORT. */
class Launcher {
    public static void main(String[] arguments) {
        var folder = Path.of(arguments[0]);
        // One that comes up again has its password, and refuses to be given the same.
        var isFresh = Files.notExists(folder);
        var service = new DatabaseManagementServiceBuilder(folder)
            .setConfig(BoltConnector.enabled, true)
            .setConfig(BoltConnector.listen_address, new SocketAddress("127.0.0.1", Integer.parseInt(arguments[2])))
            .setConfig(GraphDatabaseSettings.auth_enabled, true)
            .setConfig(GraphDatabaseSettings.pagecache_memory, 64L << 20)
            .build();
        if (isFresh) {
            service.database("system").executeTransactionally(
                "ALTER USER neo4j SET PASSWORD $password CHANGE NOT REQUIRED", Map.of("password", arguments[1]));
        }
        var graph = (GraphDatabaseAPI) service.database("neo4j");
        var port = graph.getDependencyResolver().resolveDependency(ConnectorPortRegister.class)
            .getLocalAddress(ConnectorType.BOLT).getPort();
        System.out.println("ready " + port);
    }
}

<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de_DE">
<context>
    <name></name>
    <message>
        <source>&amp;Undo {what}</source>
        <translation>&amp;Rückgängig: {what}</translation>
    </message>
    <message>
        <source>&amp;Redo {what}</source>
        <translation>Wieder&amp;holen: {what}</translation>
    </message>
    <message>
        <source>Open sam&amp;ple</source>
        <translation>&amp;Beispiel öffnen</translation>
    </message>
    <message>
        <source>Show the bundled session of a small model, in which all is measured already</source>
        <translation>Die mitgelieferte Sitzung eines kleinen Modells zeigen, in der alles schon gemessen ist</translation>
    </message>
    <message>
        <source>example demo try</source>
        <comment>words to find it by</comment>
        <translation>Beispiel Demo ausprobieren</translation>
    </message>
    <message>
        <source>Open &amp;model file…</source>
        <translation>&amp;Modelldatei öffnen…</translation>
    </message>
    <message>
        <source>Open a weights file of a timm model</source>
        <translation>Eine Gewichtsdatei eines timm-Modells öffnen</translation>
    </message>
    <message>
        <source>load weights checkpoint safetensors</source>
        <comment>words to find it by</comment>
        <translation>laden Gewichte Checkpoint safetensors</translation>
    </message>
    <message>
        <source>Open exported &amp;folder…</source>
        <translation>Exportierten &amp;Ordner öffnen…</translation>
    </message>
    <message>
        <source>Open a model that ViTPrune exported</source>
        <translation>Ein Modell öffnen, das ViTPrune exportiert hat</translation>
    </message>
    <message>
        <source>load model pruned</source>
        <comment>words to find it by</comment>
        <translation>laden Modell gekürzt</translation>
    </message>
    <message>
        <source>&amp;Images to analyse…</source>
        <translation>B&amp;ilder zum Analysieren…</translation>
    </message>
    <message>
        <source>Choose the folder of images to find redundancy with</source>
        <translation>Den Ordner mit Bildern wählen, mit denen nach Redundanz gesucht wird</translation>
    </message>
    <message>
        <source>data dataset pictures photos calibration open</source>
        <comment>words to find it by</comment>
        <translation>Daten Datensatz Bilder Fotos Kalibrierung öffnen</translation>
    </message>
    <message>
        <source>Images to e&amp;valuate…</source>
        <translation>Bilder zum A&amp;uswerten…</translation>
    </message>
    <message>
        <source>Choose other, labelled images to measure accuracy on</source>
        <translation>Andere, beschriftete Bilder wählen, auf denen die Genauigkeit gemessen wird</translation>
    </message>
    <message>
        <source>data dataset pictures photos test validation open</source>
        <comment>words to find it by</comment>
        <translation>Daten Datensatz Bilder Fotos Test Validierung öffnen</translation>
    </message>
    <message>
        <source>&amp;Open session…</source>
        <translation>Sitzung &amp;öffnen…</translation>
    </message>
    <message>
        <source>Open a saved session</source>
        <translation>Eine gespeicherte Sitzung öffnen</translation>
    </message>
    <message>
        <source>load file hdf5 h5</source>
        <comment>words to find it by</comment>
        <translation>laden Datei hdf5 h5</translation>
    </message>
    <message>
        <source>&amp;Save</source>
        <translation>&amp;Speichern</translation>
    </message>
    <message>
        <source>Save the session</source>
        <translation>Die Sitzung speichern</translation>
    </message>
    <message>
        <source>session keep store write hdf5</source>
        <comment>words to find it by</comment>
        <translation>Sitzung behalten sichern schreiben hdf5</translation>
    </message>
    <message>
        <source>Save &amp;as…</source>
        <translation>Speichern un&amp;ter…</translation>
    </message>
    <message>
        <source>Save the session under another name</source>
        <translation>Die Sitzung unter einem anderen Namen speichern</translation>
    </message>
    <message>
        <source>session copy rename</source>
        <comment>words to find it by</comment>
        <translation>Sitzung Kopie umbenennen</translation>
    </message>
    <message>
        <source>Write the pruned model into a folder that runs without ViTPrune</source>
        <translation>Das gekürzte Modell in einen Ordner schreiben, der ohne ViTPrune läuft</translation>
    </message>
    <message>
        <source>&amp;Undo</source>
        <translation>&amp;Rückgängig</translation>
    </message>
    <message>
        <source>Take back the last change of the plan or of what is shown</source>
        <translation>Die letzte Änderung am Plan oder an der Anzeige zurücknehmen</translation>
    </message>
    <message>
        <source>back revert</source>
        <comment>words to find it by</comment>
        <translation>zurück widerrufen</translation>
    </message>
    <message>
        <source>&amp;Redo</source>
        <translation>Wieder&amp;holen</translation>
    </message>
    <message>
        <source>Do again what was taken back</source>
        <translation>Noch einmal tun, was zurückgenommen wurde</translation>
    </message>
    <message>
        <source>again repeat</source>
        <comment>words to find it by</comment>
        <translation>nochmals erneut</translation>
    </message>
    <message>
        <source>Prune &amp;or restore</source>
        <translation>Entfernen &amp;oder zurückholen</translation>
    </message>
    <message>
        <source>Put the selected sites into the plan, or take them out</source>
        <translation>Die gewählten Stellen in den Plan aufnehmen oder herausnehmen</translation>
    </message>
    <message>
        <source>remove delete cut keep toggle selected site</source>
        <comment>words to find it by</comment>
        <translation>entfernen löschen kürzen behalten umschalten Auswahl Stelle</translation>
    </message>
    <message>
        <source>&amp;Clear plan</source>
        <translation>Plan &amp;leeren</translation>
    </message>
    <message>
        <source>Keep every site</source>
        <translation>Jede Stelle behalten</translation>
    </message>
    <message>
        <source>restore reset empty remove all</source>
        <comment>words to find it by</comment>
        <translation>wiederherstellen zurücksetzen leeren alle entfernen</translation>
    </message>
    <message>
        <source>&amp;Analyse</source>
        <translation>&amp;Analysieren</translation>
    </message>
    <message>
        <source>Measure how redundant each site is</source>
        <translation>Messen, wie redundant jede Stelle ist</translation>
    </message>
    <message>
        <source>score metrics redundancy start compute</source>
        <comment>words to find it by</comment>
        <translation>Wert Maße Redundanz starten berechnen</translation>
    </message>
    <message>
        <source>Measure the &amp;damage</source>
        <translation>&amp;Schaden messen</translation>
    </message>
    <message>
        <source>Leave out each site alone and measure what the outputs lose</source>
        <translation>Jede Stelle einzeln weglassen und messen, was den Ausgaben fehlt</translation>
    </message>
    <message>
        <source>ablation ground truth leave one out</source>
        <comment>words to find it by</comment>
        <translation>Ablation Wahrheit weglassen</translation>
    </message>
    <message>
        <source>&amp;Evaluate</source>
        <translation>Aus&amp;werten</translation>
    </message>
    <message>
        <source>Measure what the plan costs and gains</source>
        <translation>Messen, was der Plan kostet und bringt</translation>
    </message>
    <message>
        <source>accuracy test measure latency speed</source>
        <comment>words to find it by</comment>
        <translation>Genauigkeit Test messen Latenz Geschwindigkeit</translation>
    </message>
    <message>
        <source>Keep &amp;pictures of changed images</source>
        <translation>Vorschau&amp;bilder geänderter Bilder behalten</translation>
    </message>
    <message>
        <source>Put small pictures of the images that not all evaluations agree on into the session</source>
        <translation>Kleine Abbilder der Bilder, bei denen nicht alle Auswertungen übereinstimmen, in die Sitzung legen</translation>
    </message>
    <message>
        <source>thumbnails flips</source>
        <comment>words to find it by</comment>
        <translation>Vorschaubilder gekippt</translation>
    </message>
    <message>
        <source>Save as &amp;job file…</source>
        <translation>Als Auftrags&amp;datei speichern…</translation>
    </message>
    <message>
        <source>Write what is set up here into a file that `vitprune run` takes on another machine</source>
        <translation>Was hier eingerichtet ist, in eine Datei schreiben, die `vitprune run` auf einem anderen Rechner nimmt</translation>
    </message>
    <message>
        <source>server batch command line toml headless export</source>
        <comment>words to find it by</comment>
        <translation>Server Stapel Befehlszeile toml ohne Fenster exportieren Auftrag</translation>
    </message>
    <message>
        <source>Add to the a&amp;pplications menu</source>
        <translation>Zum A&amp;nwendungsmenü hinzufügen</translation>
    </message>
    <message>
        <source>Put ViTPrune with its icon into the menu of this desktop, and make it open its sessions</source>
        <translation>ViTPrune mit seinem Symbol in das Menü dieses Desktops setzen und seine Sitzungen damit öffnen</translation>
    </message>
    <message>
        <source>launcher icon desktop shortcut install start</source>
        <comment>words to find it by</comment>
        <translation>Starter Symbol Desktop Verknüpfung installieren Start</translation>
    </message>
    <message>
        <source>&amp;Cancel</source>
        <translation>Abbre&amp;chen</translation>
    </message>
    <message>
        <source>Stop everything that runs or waits</source>
        <translation>Alles anhalten, was läuft oder wartet</translation>
    </message>
    <message>
        <source>abort stop interrupt kill</source>
        <comment>words to find it by</comment>
        <translation>abbrechen anhalten unterbrechen beenden</translation>
    </message>
    <message>
        <source>Open a model first.</source>
        <translation>Öffnen Sie zuerst ein Modell.</translation>
    </message>
    <message>
        <source>The model is still being opened.</source>
        <translation>Das Modell wird noch geöffnet.</translation>
    </message>
    <message>
        <source>Nothing is to be removed.</source>
        <translation>Es ist nichts zu entfernen.</translation>
    </message>
    <message>
        <source>Select a site first.</source>
        <translation>Wählen Sie zuerst eine Stelle.</translation>
    </message>
    <message>
        <source>Open images to evaluate first.</source>
        <translation>Öffnen Sie zuerst Bilder zum Auswerten.</translation>
    </message>
    <message>
        <source>Evaluate a plan first.</source>
        <translation>Werten Sie zuerst einen Plan aus.</translation>
    </message>
    <message>
        <source>Open images to analyse first.</source>
        <translation>Öffnen Sie zuerst Bilder zum Analysieren.</translation>
    </message>
    <message>
        <source>Nothing is running.</source>
        <translation>Es läuft nichts.</translation>
    </message>
    <message>
        <source>The installer of this system does that.</source>
        <translation>Das tut das Installationsprogramm dieses Systems.</translation>
    </message>
    <message>
        <source>There is nothing to undo.</source>
        <translation>Es gibt nichts zurückzunehmen.</translation>
    </message>
    <message>
        <source>There is nothing to redo.</source>
        <translation>Es gibt nichts zu wiederholen.</translation>
    </message>
    <message>
        <source>{tip} ({keys})</source>
        <translation>{tip} ({keys})</translation>
    </message>
    <message>
        <source>{tip}. {reason}</source>
        <translation>{tip}. {reason}</translation>
    </message>
    <message>
        <source>The report says where. Work that was not saved is offered above, as far as there was any.</source>
        <translation>Im Bericht steht, wo. Nicht gespeicherte Arbeit wird oben angeboten, soweit es welche gab.</translation>
    </message>
    <message>
        <source>ViTPrune ended abruptly the last time.</source>
        <translation>ViTPrune ist das letzte Mal unerwartet beendet worden.</translation>
    </message>
    <message>
        <source>The settings were damaged. They are kept as {name}.</source>
        <translation>Die Einstellungen waren beschädigt. Sie sind als {name} aufbewahrt.</translation>
    </message>
    <message>
        <source>Analyse {name} into a session</source>
        <translation>{name} in eine Sitzung analysieren</translation>
    </message>
    <message numerus="yes">
        <source>%n model(s) wait for the same analysis already, and are not queued again.</source>
        <translation>
            <numerusform>%n Modell wartet schon auf dieselbe Analyse und wird nicht noch einmal eingereiht.</numerusform>
            <numerusform>%n Modelle warten schon auf dieselbe Analyse und werden nicht noch einmal eingereiht.</numerusform>
        </translation>
    </message>
    <message>
        <source>{done} of {total} written</source>
        <translation>{done} von {total} geschrieben</translation>
    </message>
    <message>
        <source>{n} failed</source>
        <translation>{n} fehlgeschlagen</translation>
    </message>
    <message>
        <source>{n} cancelled</source>
        <translation>{n} abgebrochen</translation>
    </message>
    <message>
        <source>Two sessions</source>
        <translation>Zwei Sitzungen</translation>
    </message>
    <message>
        <source>CKA</source>
        <translation>CKA</translation>
    </message>
    <message>
        <source>CKA of {one} and {other}, {features}</source>
        <translation>CKA von {one} und {other}, {features}</translation>
    </message>
    <message numerus="yes">
        <source>n = %n image(s), the same in both</source>
        <translation>
            <numerusform>n = %n Bild, in beiden dasselbe</numerusform>
            <numerusform>n = %n Bilder, in beiden dieselben</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>n = {count} of %n image(s), the same in both</source>
        <translation>
            <numerusform>n = {count} von %n Bild, in beiden dasselbe</numerusform>
            <numerusform>n = {count} von %n Bildern, in beiden dieselben</numerusform>
        </translation>
    </message>
    <message>
        <source>1 = same geometry</source>
        <translation>1 = gleiche Geometrie</translation>
    </message>
    <message numerus="yes">
        <source>{name}: {kept} of %n patch(es)</source>
        <translation>
            <numerusform>{name}: {kept} von %n Patch</numerusform>
            <numerusform>{name}: {kept} von %n Patches</numerusform>
        </translation>
    </message>
    <message>
        <source>crossed out: all images alike</source>
        <translation>durchgestrichen: alle Bilder gleich</translation>
    </message>
    <message>
        <source>Most alike are {one} and {other}, with a CKA of {value}.</source>
        <translation>Am ähnlichsten sind {one} und {other} mit einer CKA von {value}.</translation>
    </message>
    <message>
        <source>{one} of {session} and {other} of {other_session}</source>
        <translation>{one} von {session} und {other} von {other_session}</translation>
    </message>
    <message>
        <source>{value} (95 % interval)</source>
        <translation>{value} (95-%-Intervall)</translation>
    </message>
    <message>
        <source>{value} (too few images for an interval)</source>
        <translation>{value} (zu wenige Bilder für ein Intervall)</translation>
    </message>
    <message>
        <source>Site of {session}</source>
        <translation>Stelle in {session}</translation>
    </message>
    <message>
        <source>Export ▾</source>
        <translation>Export ▾</translation>
    </message>
    <message>
        <source>Save or copy this chart and its values</source>
        <translation>Dieses Diagramm und seine Werte speichern oder kopieren</translation>
    </message>
    <message>
        <source>Export this chart</source>
        <translation>Dieses Diagramm exportieren</translation>
    </message>
    <message>
        <source>Save as &amp;PNG…</source>
        <translation>Als &amp;PNG speichern…</translation>
    </message>
    <message>
        <source>Save as &amp;SVG…</source>
        <translation>Als &amp;SVG speichern…</translation>
    </message>
    <message>
        <source>Save &amp;values as CSV…</source>
        <translation>&amp;Werte als CSV speichern…</translation>
    </message>
    <message>
        <source>&amp;Copy image</source>
        <translation>Bild &amp;kopieren</translation>
    </message>
    <message>
        <source>C&amp;opy values</source>
        <translation>W&amp;erte kopieren</translation>
    </message>
    <message>
        <source>Show the &amp;whole chart</source>
        <translation>&amp;Ganzes Diagramm zeigen</translation>
    </message>
    <message>
        <source>Predicted against measured</source>
        <translation>Vorhersage gegen Messung</translation>
    </message>
    <message>
        <source>{predicted} against {measured}</source>
        <translation>{predicted} gegen {measured}</translation>
    </message>
    <message>
        <source>hollow: pruned</source>
        <translation>hohl: entfernt</translation>
    </message>
    <message>
        <source>top right: looks redundant, yet is missed</source>
        <translation>oben rechts: sieht redundant aus, fehlt aber doch</translation>
    </message>
    <message>
        <source>top left: looks redundant, yet is missed</source>
        <translation>oben links: sieht redundant aus, fehlt aber doch</translation>
    </message>
    <message>
        <source>bars: 95 % interval</source>
        <translation>Balken: 95-%-Intervall</translation>
    </message>
    <message numerus="yes">
        <source>A dot for each of %n site(s); the least missed is {site}, with a measured {value}.</source>
        <translation>
            <numerusform>Ein Punkt für %n Stelle; am wenigsten fehlt {site} mit gemessenen {value}.</numerusform>
            <numerusform>Ein Punkt für jede von %n Stellen; am wenigsten fehlt {site} mit gemessenen {value}.</numerusform>
        </translation>
    </message>
    <message>
        <source>{site}, pruned</source>
        <translation>{site}, entfernt</translation>
    </message>
    <message>
        <source>{least} to {most} images</source>
        <translation>{least} bis {most} Bilder</translation>
    </message>
    <message>
        <source>n = {across} (across) and {upwards} (upwards)</source>
        <translation>n = {across} (waagrecht) und {upwards} (senkrecht)</translation>
    </message>
    <message>
        <source>{axis} (redundant →)</source>
        <translation>{axis} (redundant →)</translation>
    </message>
    <message>
        <source>(← redundant) {axis}</source>
        <translation>(← redundant) {axis}</translation>
    </message>
    <message>
        <source>Measured</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>no unit</source>
        <translation>ohne Einheit</translation>
    </message>
    <message>
        <source>{measure}, dense and pruned</source>
        <translation>{measure}, voll und gekürzt</translation>
    </message>
    <message>
        <source>n = {counts} images</source>
        <translation>n = {counts} Bilder</translation>
    </message>
    <message>
        <source>dashed: dense</source>
        <translation>gestrichelt: volles Modell</translation>
    </message>
    <message>
        <source>Frontier</source>
        <translation>Pareto</translation>
    </message>
    <message>
        <source>{quality} against {cost}</source>
        <translation>{quality} gegen {cost}</translation>
    </message>
    <message numerus="yes">
        <source>%n plan(s), {front} of them on the frontier.</source>
        <translation>
            <numerusform>%n Plan, davon {front} auf der Front.</numerusform>
            <numerusform>%n Pläne, davon {front} auf der Front.</numerusform>
        </translation>
    </message>
    <message>
        <source>repair: {repair}</source>
        <translation>Reparatur: {repair}</translation>
    </message>
    <message>
        <source>bars: 95 % interval and quartiles</source>
        <translation>Balken: 95-%-Intervall und Quartile</translation>
    </message>
    <message>
        <source>hollow: another is no dearer and no worse</source>
        <translation>hohl: ein anderer ist nicht teurer und nicht schlechter</translation>
    </message>
    <message>
        <source>| the least that its MACs allow</source>
        <translation>| das Mindeste, was die MACs erlauben</translation>
    </message>
    <message>
        <source>dense</source>
        <translation>volles Modell</translation>
    </message>
    <message>
        <source>this plan</source>
        <translation>dieser Plan</translation>
    </message>
    <message>
        <source>Spread over images</source>
        <translation>Streuung über die Bilder</translation>
    </message>
    <message>
        <source>dashed: mean with its 95 % interval</source>
        <translation>gestrichelt: Mittel mit 95-%-Intervall</translation>
    </message>
    <message numerus="yes">
        <source>{metric} of {site} on each of %n image(s), {value} in the mean.</source>
        <translation>
            <numerusform>{metric} von {site} auf %n Bild, im Mittel {value}.</numerusform>
            <numerusform>{metric} von {site} auf jedem von %n Bildern, im Mittel {value}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Images</source>
        <translation>Bilder</translation>
    </message>
    <message numerus="yes">
        <source>{low} to {high}: %n image(s)</source>
        <translation>
            <numerusform>{low} bis {high}: %n Bild</numerusform>
            <numerusform>{low} bis {high}: %n Bilder</numerusform>
        </translation>
    </message>
    <message>
        <source>Principal components</source>
        <translation>Hauptkomponenten</translation>
    </message>
    <message>
        <source>Length of tokens</source>
        <translation>Länge der Tokens</translation>
    </message>
    <message>
        <source>Similarity to a patch</source>
        <translation>Ähnlichkeit mit einem Patch</translation>
    </message>
    <message>
        <source>A value of these patches is no number.</source>
        <translation>Ein Wert dieser Patches ist keine Zahl.</translation>
    </message>
    <message>
        <source>Click a patch to compare the others with it.</source>
        <translation>Klicken Sie auf einen Patch, um die anderen mit ihm zu vergleichen.</translation>
    </message>
    <message>
        <source>No room for the similarities of so many patches here.</source>
        <translation>Für die Ähnlichkeiten so vieler Patches ist hier kein Platz.</translation>
    </message>
    <message>
        <source>Patches</source>
        <translation>Patches</translation>
    </message>
    <message>
        <source>Length</source>
        <translation>Länge</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>Kosinus</translation>
    </message>
    <message>
        <source>Patch in row {row}, column {column}: not kept</source>
        <translation>Patch in Zeile {row}, Spalte {column}: nicht behalten</translation>
    </message>
    <message>
        <source>Patch in row {row}, column {column}: token {token}</source>
        <translation>Patch in Zeile {row}, Spalte {column}: Token {token}</translation>
    </message>
    <message>
        <source>length {value}</source>
        <translation>Länge {value}</translation>
    </message>
    <message>
        <source>cosine with the class token {value}</source>
        <translation>Kosinus mit dem Klassen-Token {value}</translation>
    </message>
    <message>
        <source>cosine with the chosen patch {value}</source>
        <translation>Kosinus mit dem gewählten Patch {value}</translation>
    </message>
    <message>
        <source>components {values}</source>
        <translation>Komponenten {values}</translation>
    </message>
    <message>
        <source>red, green, blue: components 1 to {last}</source>
        <translation>Rot, Grün, Blau: Komponenten 1 bis {last}</translation>
    </message>
    <message>
        <source>{shares} % of the variance</source>
        <translation>{shares} % der Varianz</translation>
    </message>
    <message>
        <source>1 = same direction</source>
        <translation>1 = gleiche Richtung</translation>
    </message>
    <message>
        <source>After every site</source>
        <translation>Nach jeder Stelle</translation>
    </message>
    <message>
        <source>components of each site about its own mean; signs follow the site before</source>
        <translation>Komponenten jeder Stelle um ihr eigenes Mittel; die Vorzeichen folgen der Stelle davor</translation>
    </message>
    <message>
        <source>each map on a scale of its own</source>
        <translation>jede Karte mit eigener Skala</translation>
    </message>
    <message>
        <source>one scale for all</source>
        <translation>eine Skala für alle</translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) without a map</source>
        <translation>
            <numerusform>%n Stelle ohne Karte</numerusform>
            <numerusform>%n Stellen ohne Karte</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{quantity} after each of %n site(s).</source>
        <translation>
            <numerusform>{quantity} nach %n Stelle.</numerusform>
            <numerusform>{quantity} nach jeder von %n Stellen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n token(s) kept</source>
        <translation>
            <numerusform>%n Token behalten</numerusform>
            <numerusform>%n Tokens behalten</numerusform>
        </translation>
    </message>
    <message>
        <source>all {rows} × {columns} patches</source>
        <translation>alle {rows} × {columns} Patches</translation>
    </message>
    <message>
        <source>{count} of {rows} × {columns} patches kept, the others crossed out</source>
        <translation>{count} von {rows} × {columns} Patches behalten, die anderen durchgestrichen</translation>
    </message>
    <message>
        <source>Which branches go</source>
        <translation>Welche Zweige entfallen</translation>
    </message>
    <message>
        <source>removed</source>
        <translation>entfernt</translation>
    </message>
    <message>
        <source>{repair} instead</source>
        <translation>stattdessen {repair}</translation>
    </message>
    <message>
        <source>small and hollow: stays</source>
        <translation>klein und hohl: bleibt</translation>
    </message>
    <message numerus="yes">
        <source>{gone} of %n branch(es) go.</source>
        <translation>
            <numerusform>{gone} von %n Zweig entfallen.</numerusform>
            <numerusform>{gone} von %n Zweigen entfallen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Session</source>
        <translation>Sitzung</translation>
    </message>
    <message>
        <source>Relative depth (0: first branch, 1: last)</source>
        <translation>Relative Tiefe (0: erster Zweig, 1: letzter)</translation>
    </message>
    <message>
        <source>{session}: {site} stays</source>
        <translation>{session}: {site} bleibt</translation>
    </message>
    <message>
        <source>{session}: {site} is removed</source>
        <translation>{session}: {site} ist entfernt</translation>
    </message>
    <message>
        <source>{session}: {site} is replaced: {repair}</source>
        <translation>{session}: {site} ist ersetzt: {repair}</translation>
    </message>
    <message>
        <source>Redundancy by depth</source>
        <translation>Redundanz über die Tiefe</translation>
    </message>
    <message>
        <source>{metric} by depth, {tokens}</source>
        <translation>{metric} über die Tiefe, {tokens}</translation>
    </message>
    <message>
        <source>{metric} by depth</source>
        <translation>{metric} über die Tiefe</translation>
    </message>
    <message numerus="yes">
        <source>{metric} of %n site(s); the most redundant is {site} with {value}.</source>
        <translation>
            <numerusform>{metric} von %n Stelle; am redundantesten ist {site} mit {value}.</numerusform>
            <numerusform>{metric} von %n Stellen; am redundantesten ist {site} mit {value}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Depth (block number)</source>
        <translation>Tiefe (Nummer des Blocks)</translation>
    </message>
    <message>
        <source>Damage over removals</source>
        <translation>Schaden über die Zahl der entfernten Stellen</translation>
    </message>
    <message>
        <source>small: candidates of step {step}, hollow: out of the race</source>
        <translation>klein: Kandidaten von Schritt {step}, hohl: aus dem Rennen</translation>
    </message>
    <message>
        <source>Sites removed</source>
        <translation>Entfernte Stellen</translation>
    </message>
    <message>
        <source>Comparison</source>
        <translation>Vergleich</translation>
    </message>
    <message>
        <source>line: no other is as cheap and as good</source>
        <translation>Linie: keiner ist so billig und so gut</translation>
    </message>
    <message>
        <source>grey: counts as equal, within {margin}</source>
        <translation>grau: gilt als gleich, innerhalb von {margin}</translation>
    </message>
    <message numerus="yes">
        <source>{y} against {x}: %n point(s) of {series}.</source>
        <translation>
            <numerusform>{y} gegen {x}: %n Punkt von {series}.</numerusform>
            <numerusform>{y} gegen {x}: %n Punkte von {series}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Similarity of block boundaries</source>
        <translation>Ähnlichkeit der Blockgrenzen</translation>
    </message>
    <message>
        <source>in: the stream that enters the first block</source>
        <translation>in: der Strom, der in den ersten Block eintritt</translation>
    </message>
    <message>
        <source>crossed out: {reason}</source>
        <translation>durchgestrichen: {reason}</translation>
    </message>
    <message numerus="yes">
        <source>{map} of %n block boundaries.</source>
        <translation>
            <numerusform>{map} von %n Blockgrenze.</numerusform>
            <numerusform>{map} von %n Blockgrenzen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{map} of %n block boundaries; the stream changes least across {block}, with {value}.</source>
        <translation>
            <numerusform>{map} von %n Blockgrenze; am wenigsten ändert sich der Strom über {block} hinweg, mit {value}.</numerusform>
            <numerusform>{map} von %n Blockgrenzen; am wenigsten ändert sich der Strom über {block} hinweg, mit {value}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Across {blocks}</source>
        <translation>Über {blocks} hinweg</translation>
    </message>
    <message>
        <source>One and the same boundary</source>
        <translation>Ein und dieselbe Grenze</translation>
    </message>
    <message>
        <source>After block</source>
        <translation>Nach Block</translation>
    </message>
    <message>
        <source>The input</source>
        <translation>Die Eingabe</translation>
    </message>
    <message>
        <source>After block {block}</source>
        <translation>Nach Block {block}</translation>
    </message>
    <message>
        <source>The input and after block {block}</source>
        <translation>Die Eingabe und nach Block {block}</translation>
    </message>
    <message>
        <source>After block {one} and after block {other}</source>
        <translation>Nach Block {one} und nach Block {other}</translation>
    </message>
    <message>
        <source>Methods</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>in colour: {method}</source>
        <translation>farbig: {method}</translation>
    </message>
    <message>
        <source>dotted: at random</source>
        <translation>gepunktet: zufällig</translation>
    </message>
    <message numerus="yes">
        <source>{axis} over the branches removed, for %n method(s).</source>
        <translation>
            <numerusform>{axis} über die entfernten Zweige, für %n Verfahren.</numerusform>
            <numerusform>{axis} über die entfernten Zweige, für %n Verfahren.</numerusform>
        </translation>
    </message>
    <message>
        <source>Branches removed</source>
        <translation>Entfernte Zweige</translation>
    </message>
    <message>
        <source>Euclidean length</source>
        <translation>Euklidische Länge</translation>
    </message>
    <message>
        <source>class token</source>
        <translation>Klassen-Token</translation>
    </message>
    <message>
        <source>patches</source>
        <translation>Patches</translation>
    </message>
    <message>
        <source>longest patch</source>
        <translation>längster Patch</translation>
    </message>
    <message>
        <source>Mean lengths. A class token or a few patches that grow longer than the rest hold something else.</source>
        <translation>Mittlere Längen. Ein Klassen-Token oder einige Patches, die länger werden als die übrigen, enthalten etwas anderes.</translation>
    </message>
    <message>
        <source>High-norm tokens</source>
        <translation>Tokens mit großer Norm</translation>
    </message>
    <message>
        <source>Share (%)</source>
        <translation>Anteil (%)</translation>
    </message>
    <message>
        <source>images with one</source>
        <translation>Bilder mit einem</translation>
    </message>
    <message>
        <source>of all patches</source>
        <translation>aller Patches</translation>
    </message>
    <message>
        <source>Patches longer than {times} times the median of all patches after the site. Darcet et al. found such patches to hold what is known of the whole image, where a model has no registers for that.</source>
        <translation>Patches, die länger sind als das {times}-Fache des Medians aller Patches nach der Stelle. Nach Darcet et al. enthalten solche Patches, was vom ganzen Bild bekannt ist, wo ein Modell keine Register dafür hat.</translation>
    </message>
    <message>
        <source>Similarity of tokens</source>
        <translation>Ähnlichkeit der Tokens</translation>
    </message>
    <message>
        <source>class token and patches</source>
        <translation>Klassen-Token und Patches</translation>
    </message>
    <message>
        <source>patches with each other</source>
        <translation>Patches untereinander</translation>
    </message>
    <message>
        <source>Mean cosine within an image, of all pairs. Near 1 the patches of an image say all the same.</source>
        <translation>Mittlerer Kosinus innerhalb eines Bildes, aller Paare. Nahe 1 sagen alle Patches eines Bildes dasselbe.</translation>
    </message>
    <message>
        <source>Distribution of values</source>
        <translation>Verteilung der Werte</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>median</source>
        <translation>Median</translation>
    </message>
    <message>
        <source>lowest and highest</source>
        <translation>kleinster und größter</translation>
    </message>
    <message>
        <source>values</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>All values of all kept tokens. A long tail is a channel that a number format of fewer bits cuts off.</source>
        <translation>Alle Werte aller behaltenen Tokens. Ein langer Ausläufer ist ein Kanal, den ein Zahlenformat mit weniger Bits abschneidet.</translation>
    </message>
    <message>
        <source>Tokens over depth</source>
        <translation>Tokens über die Tiefe</translation>
    </message>
    <message>
        <source>1–99, 5–95 and 25–75 % of {things}</source>
        <translation>1–99, 5–95 und 25–75 % der {things}</translation>
    </message>
    <message>
        <source>Block, after each of its sites</source>
        <translation>Block, nach jeder seiner Stellen</translation>
    </message>
    <message>
        <source>n = {images} images × {tokens} tokens</source>
        <translation>n = {images} Bilder × {tokens} Tokens</translation>
    </message>
    <message>
        <source>n = {images} of {all} images × {tokens} tokens</source>
        <translation>n = {images} von {all} Bildern × {tokens} Tokens</translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) no number</source>
        <translation>
            <numerusform>%n Wert ist keine Zahl</numerusform>
            <numerusform>%n Werte sind keine Zahl</numerusform>
        </translation>
    </message>
    <message>
        <source>Grey</source>
        <translation>Grau</translation>
    </message>
    <message>
        <source>Open a model first: it says how its images are prepared.</source>
        <translation>Öffnen Sie zuerst ein Modell: Es sagt, wie seine Bilder vorbereitet werden.</translation>
    </message>
    <message>
        <source>Open a model first: its view of the image is what is shown.</source>
        <translation>Öffnen Sie zuerst ein Modell: Gezeigt wird, wie es das Bild sieht.</translation>
    </message>
    <message>
        <source>Open the session</source>
        <translation>Die Sitzung öffnen</translation>
    </message>
    <message>
        <source>Use the plan</source>
        <translation>Den Plan verwenden</translation>
    </message>
    <message>
        <source>Open the weights file</source>
        <translation>Die Gewichtsdatei öffnen</translation>
    </message>
    <message>
        <source>Open the exported model</source>
        <translation>Das exportierte Modell öffnen</translation>
    </message>
    <message>
        <source>Use the images in the folder</source>
        <translation>Die Bilder des Ordners verwenden</translation>
    </message>
    <message>
        <source>Look into the image</source>
        <translation>Das Bild untersuchen</translation>
    </message>
    <message>
        <source>Open the pretrained model</source>
        <translation>Das vortrainierte Modell öffnen</translation>
    </message>
    <message>
        <source>ViTPrune cannot open this</source>
        <translation>ViTPrune kann das nicht öffnen</translation>
    </message>
    <message>
        <source>It is not there</source>
        <translation>Das ist nicht vorhanden</translation>
    </message>
    <message>
        <source>Look at {name}</source>
        <translation>{name} ansehen</translation>
    </message>
    <message>
        <source>There is nothing to export yet: open a model first.</source>
        <translation>Es gibt noch nichts zu exportieren: Öffnen Sie zuerst ein Modell.</translation>
    </message>
    <message numerus="yes">
        <source>Use the first %n site(s) of the search</source>
        <translation>
            <numerusform>Die erste Stelle der Suche verwenden</numerusform>
            <numerusform>Die ersten %n Stellen der Suche verwenden</numerusform>
        </translation>
    </message>
    <message>
        <source>Open images to analyse, and other images to evaluate, first.</source>
        <translation>Öffnen Sie zuerst Bilder zum Analysieren und andere Bilder zum Auswerten.</translation>
    </message>
    <message>
        <source>{name} keeps the study that it holds: a save asks for another file.</source>
        <translation>{name} behält die Studie, die darin ist: Speichern fragt nach einer anderen Datei.</translation>
    </message>
    <message>
        <source>Remove without repair</source>
        <translation>Ohne Reparatur entfernen</translation>
    </message>
    <message>
        <source>Fit repairs to the target {target}</source>
        <translation>Reparaturen an das Ziel {target} anpassen</translation>
    </message>
    <message>
        <source>Repair with {repair}</source>
        <translation>Reparieren mit {repair}</translation>
    </message>
    <message>
        <source>Repairs are tried on images: open images to analyse first.</source>
        <translation>Reparaturen werden auf Bildern erprobt: Öffnen Sie zuerst Bilder zum Analysieren.</translation>
    </message>
    <message>
        <source>Remove {site} without repair</source>
        <translation>{site} ohne Reparatur entfernen</translation>
    </message>
    <message numerus="yes">
        <source>Remove %n site(s) without repair</source>
        <translation>
            <numerusform>%n Stelle ohne Reparatur entfernen</numerusform>
            <numerusform>%n Stellen ohne Reparatur entfernen</numerusform>
        </translation>
    </message>
    <message>
        <source>Repair {site}: {repair}</source>
        <translation>{site} reparieren: {repair}</translation>
    </message>
    <message numerus="yes">
        <source>Repair %n site(s): {repair}</source>
        <translation>
            <numerusform>%n Stelle reparieren: {repair}</numerusform>
            <numerusform>%n Stellen reparieren: {repair}</numerusform>
        </translation>
    </message>
    <message>
        <source>Clear the plan</source>
        <translation>Den Plan leeren</translation>
    </message>
    <message>
        <source>Colour by other tokens</source>
        <translation>Nach anderen Tokens färben</translation>
    </message>
    <message>
        <source>Colour by {metric}</source>
        <translation>Nach {metric} färben</translation>
    </message>
    <message>
        <source>{site} is protected and stays.</source>
        <translation>{site} ist geschützt und bleibt.</translation>
    </message>
    <message numerus="yes">
        <source>%n protected site(s) stay.</source>
        <translation>
            <numerusform>%n geschützte Stelle bleibt.</numerusform>
            <numerusform>%n geschützte Stellen bleiben.</numerusform>
        </translation>
    </message>
    <message>
        <source>Remove {site}</source>
        <translation>{site} entfernen</translation>
    </message>
    <message numerus="yes">
        <source>Remove %n site(s)</source>
        <translation>
            <numerusform>%n Stelle entfernen</numerusform>
            <numerusform>%n Stellen entfernen</numerusform>
        </translation>
    </message>
    <message>
        <source>Restore {site}</source>
        <translation>{site} zurückholen</translation>
    </message>
    <message numerus="yes">
        <source>Restore %n site(s)</source>
        <translation>
            <numerusform>%n Stelle zurückholen</numerusform>
            <numerusform>%n Stellen zurückholen</numerusform>
        </translation>
    </message>
    <message>
        <source>This plan removes {site}, which is protected. Release it first.</source>
        <translation>Dieser Plan entfernt {site}; diese Stelle ist geschützt. Geben Sie sie zuerst frei.</translation>
    </message>
    <message numerus="yes">
        <source>This plan removes %n protected site(s). Release them first.</source>
        <translation>
            <numerusform>Dieser Plan entfernt %n geschützte Stelle. Geben Sie sie zuerst frei.</numerusform>
            <numerusform>Dieser Plan entfernt %n geschützte Stellen. Geben Sie sie zuerst frei.</numerusform>
        </translation>
    </message>
    <message>
        <source>Repairs are fitted to images: open images to analyse first.</source>
        <translation>Reparaturen werden an Bilder angepasst: Öffnen Sie zuerst Bilder zum Analysieren.</translation>
    </message>
    <message>
        <source>Choose by {method}</source>
        <translation>Mit {method} wählen</translation>
    </message>
    <message>
        <source>Repair as cheaply as possible</source>
        <translation>So billig wie möglich reparieren</translation>
    </message>
    <message>
        <source>Exported to {path}.</source>
        <translation>Nach {path} exportiert.</translation>
    </message>
    <message>
        <source>ViTPrune is in the applications menu, by {path}.</source>
        <translation>ViTPrune ist im Anwendungsmenü, durch {path}.</translation>
    </message>
    <message>
        <source>This model was pruned before: {sites}.</source>
        <translation>Dieses Modell wurde schon gekürzt: {sites}.</translation>
    </message>
    <message>
        <source>{n} images; {skipped} could not be read and are left out.</source>
        <translation>{n} Bilder; {skipped} waren nicht zu lesen und bleiben weg.</translation>
    </message>
    <message>
        <source>Stopped. The scores that there were have more images, and stay.</source>
        <translation>Angehalten. Die bisherigen Werte haben mehr Bilder und bleiben.</translation>
    </message>
    <message>
        <source>Stopped: these are scores of the first {n} of {asked} images.</source>
        <translation>Angehalten: Das sind Werte der ersten {n} von {asked} Bildern.</translation>
    </message>
    <message>
        <source>Stopped: the scores are there, and the damage is not measured.</source>
        <translation>Angehalten: Die Werte sind da, der Schaden ist nicht gemessen.</translation>
    </message>
    <message>
        <source>Small pictures of {n} images that not all evaluations agree on are in the session.</source>
        <translation>Kleine Abbilder von {n} Bildern, bei denen nicht alle Auswertungen übereinstimmen, sind in der Sitzung.</translation>
    </message>
    <message>
        <source>Something went wrong inside ViTPrune ({error}).</source>
        <translation>In ViTPrune ist etwas schiefgegangen ({error}).</translation>
    </message>
    <message>
        <source>Copy the details into a bug report. Your work is still here: save it.</source>
        <translation>Kopieren Sie die Einzelheiten in einen Fehlerbericht. Ihre Arbeit ist noch da: Speichern Sie sie.</translation>
    </message>
    <message>
        <source>It has happened {times} times.</source>
        <translation>Das ist {times}-mal vorgekommen.</translation>
    </message>
    <message>
        <source>The log:</source>
        <translation>Das Protokoll:</translation>
    </message>
    <message>
        <source>Open a model and images first.</source>
        <translation>Öffnen Sie zuerst ein Modell und Bilder.</translation>
    </message>
    <message>
        <source>Analyse redundancy and keep activations</source>
        <translation>Redundanz analysieren und Aktivierungen behalten</translation>
    </message>
    <message>
        <source>Look for activations in {name}</source>
        <translation>In {name} nach Aktivierungen suchen</translation>
    </message>
    <message>
        <source>Read the activations of image {number}</source>
        <translation>Die Aktivierungen von Bild {number} lesen</translation>
    </message>
    <message numerus="yes">
        <source>Read the activations of %n image(s)</source>
        <translation>
            <numerusform>Die Aktivierungen von %n Bild lesen</numerusform>
            <numerusform>Die Aktivierungen von %n Bildern lesen</numerusform>
        </translation>
    </message>
    <message>
        <source>Compare activations with {name}</source>
        <translation>Aktivierungen mit {name} vergleichen</translation>
    </message>
    <message>
        <source>{name} keeps no activations.</source>
        <translation>{name} enthält keine Aktivierungen.</translation>
    </message>
    <message>
        <source>Analyse its model on the same images and keep them.</source>
        <translation>Analysieren Sie das Modell der Sitzung mit denselben Bildern und behalten Sie sie.</translation>
    </message>
    <message>
        <source>Analysed and saved to {name}, with activations.</source>
        <translation>Analysiert und in {name} gespeichert, mit Aktivierungen.</translation>
    </message>
    <message>
        <source>Analysed and saved to {name}, with activations, since another program changed {wanted} meanwhile.</source>
        <translation>Analysiert und in {name} gespeichert, mit Aktivierungen, da ein anderes Programm {wanted} inzwischen geändert hat.</translation>
    </message>
    <message>
        <source>Write {name}</source>
        <translation>{name} schreiben</translation>
    </message>
    <message>
        <source>figure plot picture graph</source>
        <comment>words to find it by</comment>
        <translation>Abbildung Plot Bild Grafik</translation>
    </message>
    <message>
        <source>Save &amp;chart…</source>
        <translation>Diagramm s&amp;peichern…</translation>
    </message>
    <message>
        <source>Save the chart as a picture, a drawing or its values</source>
        <translation>Das Diagramm als Bild, als Zeichnung oder seine Werte speichern</translation>
    </message>
    <message>
        <source>Copy chart as &amp;image</source>
        <translation>Diagramm als B&amp;ild kopieren</translation>
    </message>
    <message>
        <source>Put a picture of the chart onto the clipboard</source>
        <translation>Ein Bild des Diagramms in die Zwischenablage legen</translation>
    </message>
    <message>
        <source>Copy the &amp;values of the chart</source>
        <translation>Die &amp;Werte des Diagramms kopieren</translation>
    </message>
    <message>
        <source>Put what the chart shows onto the clipboard, as a spreadsheet takes it</source>
        <translation>Was das Diagramm zeigt, für eine Tabellenkalkulation in die Zwischenablage legen</translation>
    </message>
    <message>
        <source>A picture of the chart is on the clipboard.</source>
        <translation>Ein Bild des Diagramms ist in der Zwischenablage.</translation>
    </message>
    <message>
        <source>The values of the chart are on the clipboard.</source>
        <translation>Die Werte des Diagramms sind in der Zwischenablage.</translation>
    </message>
    <message>
        <source>No chart is on show.</source>
        <translation>Es ist kein Diagramm zu sehen.</translation>
    </message>
    <message>
        <source>Saved to {name}.</source>
        <translation>In {name} gespeichert.</translation>
    </message>
    <message>
        <source>Site</source>
        <translation>Stelle</translation>
    </message>
    <message>
        <source>Score</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Params</source>
        <translation>Param.</translation>
    </message>
    <message>
        <source>MACs</source>
        <translation>MACs</translation>
    </message>
    <message>
        <source>All blocks</source>
        <translation>Alle Blöcke</translation>
    </message>
    <message>
        <source>All attention layers</source>
        <translation>Alle Attention-Schichten</translation>
    </message>
    <message>
        <source>All MLP layers</source>
        <translation>Alle MLP-Schichten</translation>
    </message>
    <message>
        <source>All convolutions</source>
        <translation>Alle Faltungen</translation>
    </message>
    <message>
        <source>each map from its smallest weight (dark) to its largest (bright)</source>
        <translation>jede Karte von ihrem kleinsten Gewicht (dunkel) bis zu ihrem größten (hell)</translation>
    </message>
    <message>
        <source>All heads</source>
        <translation>Alle Köpfe</translation>
    </message>
    <message>
        <source>Layer (block number)</source>
        <translation>Schicht (Nummer des Blocks)</translation>
    </message>
    <message>
        <source>one head</source>
        <translation>ein Kopf</translation>
    </message>
    <message>
        <source>mean of a layer</source>
        <translation>Mittel einer Schicht</translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n head(s), from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: %n Kopf, von {low} bis {high}.</numerusform>
            <numerusform>{title}: %n Köpfe, von {low} bis {high}.</numerusform>
        </translation>
    </message>
    <message>
        <source>All repairs</source>
        <translation>Alle Reparaturen</translation>
    </message>
    <message>
        <source>pruned</source>
        <translation>entfernt</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>behalten</translation>
    </message>
    <message>
        <source>repaired</source>
        <translation>repariert</translation>
    </message>
    <message>
        <source>protected</source>
        <translation>geschützt</translation>
    </message>
    <message>
        <source>fixed</source>
        <translation>fest</translation>
    </message>
    <message>
        <source>in part</source>
        <translation>teilweise</translation>
    </message>
    <message>
        <source>In its place: {what}</source>
        <translation>An ihrer Stelle: {what}</translation>
    </message>
    <message>
        <source>Protected: no edit and no method can prune it.</source>
        <translation>Geschützt: Keine Bearbeitung und kein Verfahren kann sie entfernen.</translation>
    </message>
    <message>
        <source>The score is of other images than those that are open.</source>
        <translation>Der Wert stammt von anderen Bildern als den geöffneten.</translation>
    </message>
    <message>
        <source>{group} ({count})</source>
        <translation>{group} ({count})</translation>
    </message>
    <message>
        <source>{count} parameters</source>
        <translation>{count} Parameter</translation>
    </message>
    <message>
        <source>{count} MACs for one image</source>
        <translation>{count} MACs für ein Bild</translation>
    </message>
    <message>
        <source>Cannot be pruned. {reason}</source>
        <translation>Kann nicht entfernt werden. {reason}</translation>
    </message>
    <message>
        <source>A tick says that the site is kept, a lock that it cannot go. Click for the order in which the sites run.</source>
        <translation>Ein Haken heißt, dass die Stelle bleibt, ein Schloss, dass sie nicht entfallen kann. Klicken ordnet nach der Reihenfolge, in der die Stellen laufen.</translation>
    </message>
    <message>
        <source>Mean ± half of its 95 % interval over images, which is also the line on the bar. Click to rank all sites.</source>
        <translation>Mittel ± halbes 95-%-Intervall über die Bilder; das ist auch die Linie auf dem Balken. Klicken ordnet alle Stellen danach.</translation>
    </message>
    <message>
        <source>Parameters that go with the site</source>
        <translation>Parameter, die mit der Stelle entfallen</translation>
    </message>
    <message>
        <source>Multiply-accumulates for one image that go with the site</source>
        <translation>Multiplikationen mit Addition für ein Bild, die mit der Stelle entfallen</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Family</source>
        <translation>Familie</translation>
    </message>
    <message>
        <source>Input</source>
        <translation>Eingabe</translation>
    </message>
    <message>
        <source>Top-1</source>
        <translation>Top-1</translation>
    </message>
    <message>
        <source>ViTPrune can</source>
        <translation>ViTPrune kann</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>Lizenz</translation>
    </message>
    <message>
        <source>Here</source>
        <translation>Hier</translation>
    </message>
    <message>
        <source>Architecture and weights, or the name of a file or folder of yours</source>
        <translation>Architektur und Gewichte oder der Name einer Datei oder eines Ordners von Ihnen</translation>
    </message>
    <message>
        <source>Module of timm that defines it</source>
        <translation>Modul von timm, das es definiert</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Multiply-accumulates for one image of the size that the weights were published for</source>
        <translation>Multiplikationen mit Addition für ein Bild der Größe, für die die Gewichte veröffentlicht sind</translation>
    </message>
    <message>
        <source>Pixels of the images that it takes</source>
        <translation>Pixel der Bilder, die es aufnimmt</translation>
    </message>
    <message>
        <source>Accuracy on ImageNet-1k that timm publishes; empty where it publishes none</source>
        <translation>Genauigkeit auf ImageNet-1k, die timm veröffentlicht; leer, wo es keine gibt</translation>
    </message>
    <message>
        <source>What ViTPrune can do with it</source>
        <translation>Was ViTPrune damit tun kann</translation>
    </message>
    <message>
        <source>Licence of the weights</source>
        <translation>Lizenz der Gewichte</translation>
    </message>
    <message>
        <source>● on this machine: opens without a network</source>
        <translation>● auf diesem Rechner: öffnet ohne Netz</translation>
    </message>
    <message>
        <source>prune and repair</source>
        <translation>kürzen und reparieren</translation>
    </message>
    <message>
        <source>prune</source>
        <translation>kürzen</translation>
    </message>
    <message>
        <source>describe only</source>
        <translation>nur beschreiben</translation>
    </message>
    <message>
        <source>not known yet</source>
        <translation>noch nicht bekannt</translation>
    </message>
    <message>
        <source>Every attention and MLP branch can go, and every block that keeps the shape of its stream.</source>
        <translation>Jeder Attention- und MLP-Zweig kann entfallen und jeder Block, der die Form seines Stroms behält.</translation>
    </message>
    <message>
        <source>Every branch can go; norms after a branch, projected shortcuts or shared layers are taken care of.</source>
        <translation>Jeder Zweig kann entfallen; Normierungen nach einem Zweig, projizierte Abkürzungen und geteilte Schichten sind berücksichtigt.</translation>
    </message>
    <message>
        <source>Whole blocks can go, or a part of the attention, or what is proved to when the model is opened.</source>
        <translation>Ganze Blöcke können entfallen oder ein Teil der Attention oder was beim Öffnen des Modells nachgewiesen wird.</translation>
    </message>
    <message>
        <source>on this machine</source>
        <translation>auf diesem Rechner</translation>
    </message>
    <message>
        <source>to be downloaded</source>
        <translation>herunterzuladen</translation>
    </message>
    <message numerus="yes">
        <source>{what} Something cheaper can stand in for what goes: %n place(s).</source>
        <translation>
            <numerusform>{what} An %n Stelle kann etwas Billigeres einspringen.</numerusform>
            <numerusform>{what} An %n Stellen kann etwas Billigeres einspringen.</numerusform>
        </translation>
    </message>
    <message>
        <source>{what} Nothing can stand in for what goes.</source>
        <translation>{what} Nichts kann einspringen, wo etwas entfällt.</translation>
    </message>
    <message>
        <source>ViTPrune finds out what can go when it is opened.</source>
        <translation>ViTPrune findet beim Öffnen heraus, was entfallen kann.</translation>
    </message>
    <message>
        <source>timm names no licence: ask whoever published the weights.</source>
        <translation>timm nennt keine Lizenz: Fragen Sie, wer die Gewichte veröffentlicht hat.</translation>
    </message>
    <message>
        <source>This licence permits commercial use. Its text is what counts.</source>
        <translation>Diese Lizenz erlaubt kommerzielle Nutzung. Es gilt ihr Wortlaut.</translation>
    </message>
    <message>
        <source>This licence forbids commercial use.</source>
        <translation>Diese Lizenz verbietet kommerzielle Nutzung.</translation>
    </message>
    <message>
        <source>Whether this licence permits commercial use depends on its conditions: read it.</source>
        <translation>Ob diese Lizenz kommerzielle Nutzung erlaubt, hängt von ihren Bedingungen ab: Lesen Sie sie.</translation>
    </message>
    <message>
        <source>exported folder</source>
        <translation>exportierter Ordner</translation>
    </message>
    <message>
        <source>weights file</source>
        <translation>Gewichtsdatei</translation>
    </message>
    <message>
        <source>Vision transformers trained to predict visual words of hidden patches; positions are relative.</source>
        <translation>Vision Transformer, die lernten, visuelle Wörter verdeckter Patches vorherzusagen; Positionen sind relativ.</translation>
    </message>
    <message>
        <source>Convolutional networks of which some layers are replaced by attention.</source>
        <translation>Faltungsnetze, in denen manche Schichten durch Attention ersetzt sind.</translation>
    </message>
    <message>
        <source>Convolutional networks put together from configurable blocks.</source>
        <translation>Faltungsnetze, aus konfigurierbaren Blöcken zusammengesetzt.</translation>
    </message>
    <message>
        <source>Deep image transformers: the class token joins in its own last layers, and branches are scaled.</source>
        <translation>Tiefe Bild-Transformer: Das Klassen-Token kommt erst in eigenen letzten Schichten dazu, und Zweige sind skaliert.</translation>
    </message>
    <message>
        <source>Transformers with several scales side by side and convolution-like attention.</source>
        <translation>Transformer mit mehreren Skalen nebeneinander und faltungsähnlicher Attention.</translation>
    </message>
    <message>
        <source>Vision transformers whose first layers start out attending like convolutions.</source>
        <translation>Vision Transformer, deren erste Schichten anfangs wie Faltungen aufmerken.</translation>
    </message>
    <message>
        <source>Patches mixed by depthwise convolutions alone.</source>
        <translation>Patches, die allein durch kanalweise Faltungen gemischt werden.</translation>
    </message>
    <message>
        <source>Convolutional networks modernised after the design of transformers.</source>
        <translation>Faltungsnetze, nach dem Entwurf von Transformern modernisiert.</translation>
    </message>
    <message>
        <source>Hybrids of convolution and attention made for processors without a graphics card.</source>
        <translation>Mischungen aus Faltung und Attention für Prozessoren ohne Grafikkarte.</translation>
    </message>
    <message>
        <source>Two vision transformers with patches of two sizes, which exchange class tokens.</source>
        <translation>Zwei Vision Transformer mit Patches zweier Größen, die Klassen-Tokens austauschen.</translation>
    </message>
    <message>
        <source>Attention over space and attention over channels take turns.</source>
        <translation>Attention über den Raum und Attention über die Kanäle wechseln sich ab.</translation>
    </message>
    <message>
        <source>The image encoder of the DeepSeek models.</source>
        <translation>Der Bild-Encoder der DeepSeek-Modelle.</translation>
    </message>
    <message>
        <source>Vision transformers trained on ImageNet alone, some with a token that learns from a teacher.</source>
        <translation>Vision Transformer, allein auf ImageNet trainiert, manche mit einem Token, das von einem Lehrer lernt.</translation>
    </message>
    <message>
        <source>Convolutional networks in which every layer reads all layers before it.</source>
        <translation>Faltungsnetze, in denen jede Schicht alle Schichten vor ihr liest.</translation>
    </message>
    <message>
        <source>Small hybrids of convolution and transposed attention for mobile devices.</source>
        <translation>Kleine Mischungen aus Faltung und transponierter Attention für Mobilgeräte.</translation>
    </message>
    <message>
        <source>Transformers shaped for latency on phones: pooling first, attention last.</source>
        <translation>Transformer, auf Latenz auf Telefonen ausgelegt: erst Pooling, zuletzt Attention.</translation>
    </message>
    <message>
        <source>Transformers for phones, searched for size and speed together.</source>
        <translation>Transformer für Telefone, zugleich auf Größe und Geschwindigkeit gesucht.</translation>
    </message>
    <message>
        <source>Convolutional networks scaled in depth, width and resolution together.</source>
        <translation>Faltungsnetze, die in Tiefe, Breite und Auflösung gemeinsam wachsen.</translation>
    </message>
    <message>
        <source>Multi-scale linear attention for images of high resolution.</source>
        <translation>Lineare Attention auf mehreren Skalen für Bilder hoher Auflösung.</translation>
    </message>
    <message>
        <source>Memory-thrifty transformers with cascaded groups of heads.</source>
        <translation>Speichersparende Transformer mit hintereinandergeschalteten Gruppen von Köpfen.</translation>
    </message>
    <message>
        <source>Vision transformers with rotary positions and gated MLPs: EVA, DINOv3, Perception Encoder.</source>
        <translation>Vision Transformer mit Drehpositionen und MLPs mit Gattern: EVA, DINOv3, Perception Encoder.</translation>
    </message>
    <message>
        <source>Hybrids whose side branches are folded away after training; image encoders of MobileCLIP.</source>
        <translation>Mischungen, deren Seitenzweige nach dem Training eingefaltet werden; Bild-Encoder von MobileCLIP.</translation>
    </message>
    <message>
        <source>Focal modulation in the place of attention.</source>
        <translation>Fokale Modulation anstelle von Attention.</translation>
    </message>
    <message>
        <source>Windows of attention that take turns with attention to global queries.</source>
        <translation>Attention in Fenstern im Wechsel mit Attention auf globale Anfragen.</translation>
    </message>
    <message>
        <source>The image encoder of Gemma 4.</source>
        <translation>Der Bild-Encoder von Gemma 4.</translation>
    </message>
    <message>
        <source>A hierarchical transformer without bells and whistles: strength comes from masked training.</source>
        <translation>Ein hierarchischer Transformer ohne Beiwerk: Die Stärke kommt aus dem Training mit Masken.</translation>
    </message>
    <message>
        <source>The Hiera image encoder of Segment Anything 2.</source>
        <translation>Der Hiera-Bild-Encoder von Segment Anything 2.</translation>
    </message>
    <message>
        <source>Mobile hybrids of ConvNeXt-like layers and single-head modulation attention.</source>
        <translation>Mobile Mischungen aus ConvNeXt-artigen Schichten und Modulations-Attention mit einem Kopf.</translation>
    </message>
    <message>
        <source>ConvNeXt with large kernels split into parallel branches.</source>
        <translation>ConvNeXt mit großen Kernen, in parallele Zweige geteilt.</translation>
    </message>
    <message>
        <source>A fast transformer in the shape of a convolutional network, with learned position biases.</source>
        <translation>Ein schneller Transformer in der Gestalt eines Faltungsnetzes, mit gelernten Positionswerten.</translation>
    </message>
    <message>
        <source>Hybrids of convolution and attention at low resolution, made for measured speed.</source>
        <translation>Mischungen aus Faltung und Attention bei geringer Auflösung, auf gemessene Geschwindigkeit ausgelegt.</translation>
    </message>
    <message>
        <source>Gated convolutional networks: Mamba blocks without the state-space part.</source>
        <translation>Faltungsnetze mit Gattern: Mamba-Blöcke ohne den Zustandsraum-Teil.</translation>
    </message>
    <message>
        <source>MaxViT and CoAtNet: convolution, attention in windows and attention on a grid.</source>
        <translation>MaxViT und CoAtNet: Faltung, Attention in Fenstern und Attention auf einem Gitter.</translation>
    </message>
    <message>
        <source>Transformer blocks with an exchangeable token mixer: pooling, convolution or attention.</source>
        <translation>Transformer-Blöcke mit austauschbarem Token-Mischer: Pooling, Faltung oder Attention.</translation>
    </message>
    <message>
        <source>Tokens and channels mixed by MLPs alone.</source>
        <translation>Tokens und Kanäle, allein von MLPs gemischt.</translation>
    </message>
    <message>
        <source>Convolutional networks searched for phones; later ones have some attention.</source>
        <translation>Für Telefone gesuchte Faltungsnetze; spätere haben etwas Attention.</translation>
    </message>
    <message>
        <source>Small networks that put transformer layers between mobile convolutions.</source>
        <translation>Kleine Netze mit Transformer-Schichten zwischen mobilen Faltungen.</translation>
    </message>
    <message>
        <source>Multi-scale transformers that pool inside attention.</source>
        <translation>Transformer mit mehreren Skalen, die innerhalb der Attention poolen.</translation>
    </message>
    <message>
        <source>Vision transformers for images of any size and aspect ratio.</source>
        <translation>Vision Transformer für Bilder jeder Größe und jedes Seitenverhältnisses.</translation>
    </message>
    <message>
        <source>Transformers on nested blocks of patches that are aggregated step by step.</source>
        <translation>Transformer auf geschachtelten Blöcken von Patches, die schrittweise zusammengefasst werden.</translation>
    </message>
    <message>
        <source>Hybrids of convolution and attention for deployment in industry.</source>
        <translation>Mischungen aus Faltung und Attention für den Einsatz in der Industrie.</translation>
    </message>
    <message>
        <source>Residual networks without normalisation.</source>
        <translation>Residualnetze ohne Normierung.</translation>
    </message>
    <message>
        <source>Vision transformers that pool tokens between stages.</source>
        <translation>Vision Transformer, die zwischen den Stufen Tokens poolen.</translation>
    </message>
    <message>
        <source>Pyramids of transformers with attention to a reduced image.</source>
        <translation>Pyramiden von Transformern mit Attention auf ein verkleinertes Bild.</translation>
    </message>
    <message>
        <source>The image encoder of the Qwen3 models.</source>
        <translation>Der Bild-Encoder der Qwen3-Modelle.</translation>
    </message>
    <message>
        <source>Convolutional networks from a simple rule for the width of each stage.</source>
        <translation>Faltungsnetze nach einer einfachen Regel für die Breite jeder Stufe.</translation>
    </message>
    <message>
        <source>Mobile convolutional networks laid out like a light transformer.</source>
        <translation>Mobile Faltungsnetze, angelegt wie ein leichter Transformer.</translation>
    </message>
    <message>
        <source>Residual convolutional networks.</source>
        <translation>Residuale Faltungsnetze.</translation>
    </message>
    <message>
        <source>Residual networks that normalise before each layer, among them BiT.</source>
        <translation>Residualnetze, die vor jeder Schicht normieren, darunter BiT.</translation>
    </message>
    <message>
        <source>Attention in windows that shift from block to block, in four stages.</source>
        <translation>Attention in Fenstern, die sich von Block zu Block verschieben, in vier Stufen.</translation>
    </message>
    <message>
        <source>Swin with cosine attention and norms after the branches, for large images.</source>
        <translation>Swin mit Kosinus-Attention und Normierungen nach den Zweigen, für große Bilder.</translation>
    </message>
    <message>
        <source>Another implementation of Swin V2.</source>
        <translation>Eine andere Implementierung von Swin V2.</translation>
    </message>
    <message>
        <source>Mobile networks with additive attention.</source>
        <translation>Mobile Netze mit additiver Attention.</translation>
    </message>
    <message>
        <source>Small transformers in windows, distilled from large ones.</source>
        <translation>Kleine Transformer in Fenstern, aus großen destilliert.</translation>
    </message>
    <message>
        <source>A transformer inside each patch of a transformer.</source>
        <translation>Ein Transformer in jedem Patch eines Transformers.</translation>
    </message>
    <message>
        <source>Attention in windows and attention to a summary of the image take turns.</source>
        <translation>Attention in Fenstern im Wechsel mit Attention auf eine Zusammenfassung des Bildes.</translation>
    </message>
    <message>
        <source>Plain convolutional networks.</source>
        <translation>Einfache Faltungsnetze.</translation>
    </message>
    <message>
        <source>A transformer with convolutions where they serve vision better.</source>
        <translation>Ein Transformer mit Faltungen, wo sie dem Sehen besser dienen.</translation>
    </message>
    <message>
        <source>The plain vision transformer: ViT, and trained otherwise DINOv2, CLIP, SigLIP, MAE.</source>
        <translation>Der einfache Vision Transformer: ViT und, anders trainiert, DINOv2, CLIP, SigLIP, MAE.</translation>
    </message>
    <message>
        <source>A vision transformer on the features of a small convolutional network.</source>
        <translation>Ein Vision Transformer auf den Merkmalen eines kleinen Faltungsnetzes.</translation>
    </message>
    <message>
        <source>Vision transformers with relative positions.</source>
        <translation>Vision Transformer mit relativen Positionen.</translation>
    </message>
    <message>
        <source>The image encoder of Segment Anything: windows, and a few global blocks.</source>
        <translation>Der Bild-Encoder von Segment Anything: Fenster und einige globale Blöcke.</translation>
    </message>
    <message>
        <source>Two convolutional stages before a transformer, for training with language.</source>
        <translation>Zwei Faltungsstufen vor einem Transformer, für das Training mit Sprache.</translation>
    </message>
    <message>
        <source>Outlook attention on fine tokens, then a transformer on coarse ones.</source>
        <translation>Ausblick-Attention auf feinen Tokens, dann ein Transformer auf groben.</translation>
    </message>
    <message>
        <source>Attention between channels in place of tokens, with a convolution beside it.</source>
        <translation>Attention zwischen Kanälen statt Tokens, mit einer Faltung daneben.</translation>
    </message>
    <message>
        <source>Patch in row {row}, column {column}</source>
        <translation>Patch in Zeile {row}, Spalte {column}</translation>
    </message>
    <message>
        <source>Image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>{quantity}: dark {low}, bright {high}</source>
        <translation>{quantity}: dunkel {low}, hell {high}</translation>
    </message>
    <message>
        <source>{quantity}: dark {low}</source>
        <translation>{quantity}: dunkel {low}</translation>
    </message>
    <message>
        <source>bright {high}</source>
        <translation>hell {high}</translation>
    </message>
    <message>
        <source>The image in {rows} × {columns} patches. {note}</source>
        <translation>Das Bild in {rows} × {columns} Patches. {note}</translation>
    </message>
    <message>
        <source>{title}: {quantity} from {low} to {high}.</source>
        <translation>{title}: {quantity} von {low} bis {high}.</translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n small picture(s).</source>
        <translation>
            <numerusform>{title}: %n kleines Bild.</numerusform>
            <numerusform>{title}: %n kleine Bilder.</numerusform>
        </translation>
    </message>
    <message>
        <source>As the data set has it</source>
        <translation>Wie im Datensatz</translation>
    </message>
    <message>
        <source>Class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>By the baseline</source>
        <translation>Nach dem Bezug</translation>
    </message>
    <message>
        <source>What {session} says</source>
        <translation>Was {session} sagt</translation>
    </message>
    <message>
        <source>By this session</source>
        <translation>Nach dieser Sitzung</translation>
    </message>
    <message>
        <source>{measure} {value}</source>
        <translation>{measure} {value}</translation>
    </message>
    <message>
        <source>not measured</source>
        <translation>nicht gemessen</translation>
    </message>
    <message numerus="yes">
        <source>%n pruned, {share} of the MACs left</source>
        <translation>
            <numerusform>%n entfernt, {share} der MACs übrig</numerusform>
            <numerusform>%n entfernt, {share} der MACs übrig</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pruned</source>
        <translation>
            <numerusform>%n entfernt</numerusform>
            <numerusform>%n entfernt</numerusform>
        </translation>
    </message>
    <message>
        <source>{name} (on show)</source>
        <translation>{name} (angezeigt)</translation>
    </message>
    <message>
        <source>Kept {when}</source>
        <translation>Behalten {when}</translation>
    </message>
    <message>
        <source>File</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>Tick sessions to compare them; a double click opens one</source>
        <translation>Haken Sie Sitzungen zum Vergleichen an; ein Doppelklick öffnet eine</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>What the session is of</source>
        <translation>Wovon die Sitzung handelt</translation>
    </message>
    <message>
        <source>Those that it is measured on, or else those that were analysed</source>
        <translation>Die Bilder, auf denen gemessen ist, sonst die analysierten</translation>
    </message>
    <message>
        <source>Method, repair</source>
        <translation>Verfahren, Reparatur</translation>
    </message>
    <message>
        <source>How the sites were chosen, as far as the session says, and what stands for them</source>
        <translation>Wie die Stellen gewählt sind, soweit die Sitzung es sagt, und was sie ersetzt</translation>
    </message>
    <message>
        <source>Removed</source>
        <translation>Entfernt</translation>
    </message>
    <message>
        <source>Branches that go, of all that the model has</source>
        <translation>Zweige, die entfallen, von allen des Modells</translation>
    </message>
    <message>
        <source>Top-1 accuracy</source>
        <translation>Top-1-Genauigkeit</translation>
    </message>
    <message>
        <source>Share of images whose label is the first guess</source>
        <translation>Anteil der Bilder, deren Klasse an erster Stelle vorhergesagt wird</translation>
    </message>
    <message>
        <source>Top-5 accuracy</source>
        <translation>Top-5-Genauigkeit</translation>
    </message>
    <message>
        <source>Share of images whose label is among the first five guesses</source>
        <translation>Anteil der Bilder, deren Klasse unter den ersten fünf Vorhersagen ist</translation>
    </message>
    <message>
        <source>Cross-entropy with the labels; lower is better</source>
        <translation>Kreuzentropie mit den Klassen; weniger ist besser</translation>
    </message>
    <message>
        <source>Agreement with dense</source>
        <translation>Übereinstimmung mit dem vollen Modell</translation>
    </message>
    <message>
        <source>Share of images on which the dense model guesses the same</source>
        <translation>Anteil der Bilder, für die das volle Modell dasselbe vorhersagt</translation>
    </message>
    <message>
        <source>Kullback-Leibler divergence, dense to pruned; 0 is no change</source>
        <translation>Kullback-Leibler-Divergenz vom vollen zum gekürzten Modell; 0 heißt unverändert</translation>
    </message>
    <message>
        <source>Feature cosine</source>
        <translation>Kosinus der Merkmale</translation>
    </message>
    <message>
        <source>Cosine between pooled features, dense and pruned; 1 is no change</source>
        <translation>Kosinus zwischen den zusammengefassten Merkmalen des vollen und des gekürzten Modells; 1 heißt unverändert</translation>
    </message>
    <message>
        <source>k-NN accuracy</source>
        <translation>k-NN-Genauigkeit</translation>
    </message>
    <message>
        <source>Leave-one-out nearest neighbours on the pooled features</source>
        <translation>Nächste Nachbarn der zusammengefassten Merkmale, das Bild selbst jeweils ausgelassen</translation>
    </message>
    <message>
        <source>then trained</source>
        <translation>dann trainiert</translation>
    </message>
    <message>
        <source>on other images</source>
        <translation>auf anderen Bildern</translation>
    </message>
    <message>
        <source>another plan</source>
        <translation>anderer Plan</translation>
    </message>
    <message>
        <source>reference</source>
        <translation>Bezug</translation>
    </message>
    <message>
        <source>Nothing removed</source>
        <translation>Nichts entfernt</translation>
    </message>
    <message>
        <source>Cannot be measured here: it needs labels and a head that fits them.</source>
        <translation>Hier nicht messbar: Das braucht Klassen der Bilder und einen Kopf, der zu ihnen passt.</translation>
    </message>
    <message>
        <source>Below: difference to dense, with its 95 % interval over the same images</source>
        <translation>Darunter: Unterschied zum vollen Modell mit seinem 95-%-Intervall über dieselben Bilder</translation>
    </message>
    <message>
        <source>Not measured</source>
        <translation>Nicht gemessen</translation>
    </message>
    <message>
        <source>{ratio} as fast</source>
        <translation>{ratio} so schnell</translation>
    </message>
    <message numerus="yes">
        <source>Median and quartiles of %n run(s)</source>
        <translation>
            <numerusform>Wert von %n Durchlauf</numerusform>
            <numerusform>Median und Quartile von %n Durchläufen</numerusform>
        </translation>
    </message>
    <message>
        <source>{count} ({skipped} skipped)</source>
        <translation>{count} ({skipped} übersprungen)</translation>
    </message>
    <message>
        <source>{count} (none skipped)</source>
        <translation>{count} (keines übersprungen)</translation>
    </message>
    <message numerus="yes">
        <source>batch {batch}, %n thread(s), {device}</source>
        <translation>
            <numerusform>Batch {batch}, %n Thread, {device}</numerusform>
            <numerusform>Batch {batch}, %n Threads, {device}</numerusform>
        </translation>
    </message>
    <message>
        <source>Parameters of the model that is left</source>
        <translation>Parameter des verbleibenden Modells</translation>
    </message>
    <message>
        <source>Multiply-accumulates for one image</source>
        <translation>Multiplikationen mit Addition (MACs) für ein Bild</translation>
    </message>
    <message>
        <source>Latency</source>
        <translation>Latenz</translation>
    </message>
    <message>
        <source>Median wall time of one forward, with quartiles</source>
        <translation>Median der Dauer eines Durchlaufs, mit Quartilen</translation>
    </message>
    <message>
        <source>Throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>Images in a second at the median</source>
        <translation>Bilder je Sekunde, nach dem Median</translation>
    </message>
    <message>
        <source>Measured with</source>
        <translation>Gemessen mit</translation>
    </message>
    <message>
        <source>Batch, threads and device of the timing</source>
        <translation>Batch, Threads und Gerät der Zeitmessung</translation>
    </message>
    <message>
        <source>Images measured, and those that could not be read; hover for the reasons</source>
        <translation>Gemessene Bilder und solche, die nicht lesbar waren; die Gründe stehen im Tooltip</translation>
    </message>
    <message>
        <source>With its 95 % interval over images; without labels, another measure by name</source>
        <translation>Mit 95-%-Intervall über die Bilder; ohne Beschriftung eine andere, benannte Messgröße</translation>
    </message>
    <message>
        <source>ms an image</source>
        <translation>ms je Bild</translation>
    </message>
    <message>
        <source>Median time of a batch over its size. Sessions of other machines are not alike.</source>
        <translation>Median der Zeit eines Batches, geteilt durch seine Größe. Sitzungen anderer Rechner sind nicht vergleichbar.</translation>
    </message>
    <message>
        <source>Begun</source>
        <translation>Begonnen</translation>
    </message>
    <message>
        <source>When the session was begun</source>
        <translation>Wann die Sitzung begonnen wurde</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Of the file</source>
        <translation>Der Datei</translation>
    </message>
    <message>
        <source>{name} cannot be opened: {reason} {hint}</source>
        <translation>{name} kann nicht geöffnet werden: {reason} {hint}</translation>
    </message>
    <message>
        <source>Cannot be opened: {reason}</source>
        <translation>Kann nicht geöffnet werden: {reason}</translation>
    </message>
    <message>
        <source>{count} of {all}</source>
        <translation>{count} von {all}</translation>
    </message>
    <message>
        <source>{count} bytes</source>
        <translation>{count} Bytes</translation>
    </message>
    <message>
        <source>{share} % of the multiply-accumulates are left</source>
        <translation>{share} % der MACs sind übrig</translation>
    </message>
    <message>
        <source>{measure} {value}, 95 % interval, n = {n}</source>
        <translation>{measure} {value}, 95-%-Intervall, n = {n}</translation>
    </message>
    <message numerus="yes">
        <source>none of %n branch(es) removed</source>
        <translation>
            <numerusform>keiner von %n Zweig entfernt</numerusform>
            <numerusform>keiner von %n Zweigen entfernt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{removed} of %n branch(es) removed, {share} % of the MACs left</source>
        <translation>
            <numerusform>{removed} von %n Zweig entfernt, {share} % der MACs übrig</numerusform>
            <numerusform>{removed} von %n Zweigen entfernt, {share} % der MACs übrig</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{median} ms [{low}, {high}] for a batch of {batch} with {threads} on {device}, median and quartiles of %n timing(s)</source>
        <translation>
            <numerusform>{median} ms [{low}, {high}] für einen Batch von {batch} mit {threads} auf {device}, Median und Quartile von %n Zeitmessung</numerusform>
            <numerusform>{median} ms [{low}, {high}] für einen Batch von {batch} mit {threads} auf {device}, Median und Quartile von %n Zeitmessungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n thread(s)</source>
        <translation>
            <numerusform>%n Thread</numerusform>
            <numerusform>%n Threads</numerusform>
        </translation>
    </message>
    <message>
        <source>it {reason}</source>
        <translation>„{reason}“</translation>
    </message>
    <message>
        <source>Look for the last folder of sessions</source>
        <translation>Den letzten Ordner mit Sitzungen suchen</translation>
    </message>
    <message>
        <source>List the sessions in {folder}</source>
        <translation>Die Sitzungen in {folder} auflisten</translation>
    </message>
    <message numerus="yes">
        <source>Compare %n session(s)</source>
        <translation>
            <numerusform>%n Sitzung vergleichen</numerusform>
            <numerusform>%n Sitzungen vergleichen</numerusform>
        </translation>
    </message>
    <message>
        <source>Compare with {session}</source>
        <translation>Mit {session} vergleichen</translation>
    </message>
    <message>
        <source>Read images</source>
        <translation>Bilder lesen</translation>
    </message>
    <message>
        <source>The list was stopped before it was through.</source>
        <translation>Die Liste wurde angehalten, bevor sie fertig war.</translation>
    </message>
    <message>
        <source>Tick at least two sessions to compare.</source>
        <translation>Haken Sie mindestens zwei Sitzungen zum Vergleichen an.</translation>
    </message>
    <message>
        <source>The report is in {file}.</source>
        <translation>Der Bericht steht in {file}.</translation>
    </message>
    <message>
        <source>Look at this machine</source>
        <translation>Diesen Rechner ansehen</translation>
    </message>
    <message>
        <source>List models</source>
        <translation>Modelle auflisten</translation>
    </message>
    <message>
        <source>Reading timm&apos;s registry</source>
        <translation>Das Verzeichnis von timm wird gelesen</translation>
    </message>
    <message>
        <source>Look for recent models</source>
        <translation>Zuletzt verwendete Modelle suchen</translation>
    </message>
    <message>
        <source>Download {name}</source>
        <translation>{name} herunterladen</translation>
    </message>
    <message>
        <source>Downloads are switched off: HF_HUB_OFFLINE is set.</source>
        <translation>Herunterladen ist abgeschaltet: HF_HUB_OFFLINE ist gesetzt.</translation>
    </message>
    <message>
        <source>What is on this machine can be opened. Start without that variable to download.</source>
        <translation>Was auf diesem Rechner ist, lässt sich öffnen. Starten Sie zum Herunterladen ohne diese Variable.</translation>
    </message>
    <message>
        <source>{name} is on this machine now.</source>
        <translation>{name} ist jetzt auf diesem Rechner.</translation>
    </message>
    <message>
        <source>Done: {job}</source>
        <translation>Fertig: {job}</translation>
    </message>
    <message>
        <source>Failed: {job}</source>
        <translation>Fehlgeschlagen: {job}</translation>
    </message>
    <message>
        <source>The queue of analyses is through</source>
        <translation>Die Warteschlange der Analysen ist abgearbeitet</translation>
    </message>
    <message>
        <source>{number} of {count}</source>
        <translation>{number} von {count}</translation>
    </message>
    <message>
        <source>Select a pruned site first: a repair stands in its place.</source>
        <translation>Wählen Sie zuerst eine entfernte Stelle: Eine Reparatur ersetzt sie.</translation>
    </message>
    <message>
        <source>All of {site} stays</source>
        <translation>Alles von {site} bleibt</translation>
    </message>
    <message numerus="yes">
        <source>Take %n head(s) from {site}</source>
        <translation>
            <numerusform>%n Kopf von {site} entfernen</numerusform>
            <numerusform>%n Köpfe von {site} entfernen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Take %n neuron(s) from {site}</source>
        <translation>
            <numerusform>%n Neuron von {site} entfernen</numerusform>
            <numerusform>%n Neuronen von {site} entfernen</numerusform>
        </translation>
    </message>
    <message>
        <source>Make up for heads and neurons: {choice}</source>
        <translation>Köpfe und Neuronen ausgleichen: {choice}</translation>
    </message>
    <message>
        <source>Protect {site}</source>
        <translation>{site} schützen</translation>
    </message>
    <message numerus="yes">
        <source>Protect %n site(s)</source>
        <translation>
            <numerusform>%n Stelle schützen</numerusform>
            <numerusform>%n Stellen schützen</numerusform>
        </translation>
    </message>
    <message>
        <source>Release {site}</source>
        <translation>{site} freigeben</translation>
    </message>
    <message numerus="yes">
        <source>Release %n site(s)</source>
        <translation>
            <numerusform>%n Stelle freigeben</numerusform>
            <numerusform>%n Stellen freigeben</numerusform>
        </translation>
    </message>
    <message>
        <source>Invert the plan</source>
        <translation>Den Plan umkehren</translation>
    </message>
    <message>
        <source>Plan {number}</source>
        <translation>Plan {number}</translation>
    </message>
    <message>
        <source>Keep the plan as {name}</source>
        <translation>Den Plan als {name} behalten</translation>
    </message>
    <message>
        <source>Rename {name}</source>
        <translation>{name} umbenennen</translation>
    </message>
    <message>
        <source>Forget {name}</source>
        <translation>{name} vergessen</translation>
    </message>
    <message>
        <source>Use {name}</source>
        <translation>{name} verwenden</translation>
    </message>
    <message>
        <source>Open a model first: a plan is for one model.</source>
        <translation>Öffnen Sie zuerst ein Modell: Ein Plan gehört zu einem Modell.</translation>
    </message>
    <message>
        <source>Open plan {name}</source>
        <translation>Plan {name} öffnen</translation>
    </message>
    <message>
        <source>Save plan {name}</source>
        <translation>Plan {name} speichern</translation>
    </message>
    <message>
        <source>The plan is in {path}.</source>
        <translation>Der Plan steht in {path}.</translation>
    </message>
    <message>
        <source>{site} is protected, or cannot go.</source>
        <translation>{site} ist geschützt oder kann nicht entfallen.</translation>
    </message>
    <message>
        <source>All of these sites are protected, or cannot go.</source>
        <translation>Alle diese Stellen sind geschützt oder können nicht entfallen.</translation>
    </message>
    <message>
        <source>Plan</source>
        <translation>Plan</translation>
    </message>
    <message>
        <source>Weights file</source>
        <translation>Gewichtsdatei</translation>
    </message>
    <message>
        <source>Exported model</source>
        <translation>Exportiertes Modell</translation>
    </message>
    <message>
        <source>Folder of images</source>
        <translation>Ordner mit Bildern</translation>
    </message>
    <message>
        <source>Pretrained model</source>
        <translation>Vortrainiertes Modell</translation>
    </message>
    <message>
        <source>No longer there</source>
        <translation>Nicht mehr vorhanden</translation>
    </message>
    <message>
        <source>Look for what was opened before</source>
        <translation>Suchen, was früher geöffnet war</translation>
    </message>
    <message>
        <source>None</source>
        <translation>Keine</translation>
    </message>
    <message>
        <source>The site is left out; nothing stands for it.</source>
        <translation>Die Stelle entfällt; nichts ersetzt sie.</translation>
    </message>
    <message>
        <source>Mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>mean</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>What the site adds on average, a constant. Free in the branch before.</source>
        <translation>Was die Stelle im Mittel hinzufügt, eine Konstante. Im Zweig davor kostenlos.</translation>
    </message>
    <message>
        <source>Fold</source>
        <translation>Einfalten</translation>
    </message>
    <message>
        <source>fold</source>
        <translation>Einfalten</translation>
    </message>
    <message>
        <source>A linear map in the last layer of the branch before. Free at inference.</source>
        <translation>Eine lineare Abbildung in der letzten Schicht des Zweigs davor. Beim Rechnen kostenlos.</translation>
    </message>
    <message>
        <source>Diagonal</source>
        <translation>Diagonal</translation>
    </message>
    <message>
        <source>diag.</source>
        <translation>diag.</translation>
    </message>
    <message>
        <source>A scale and a shift of every channel. Almost free.</source>
        <translation>Skalierung und Verschiebung jedes Kanals. Fast kostenlos.</translation>
    </message>
    <message>
        <source>Low rank</source>
        <translation>Niedriger Rang</translation>
    </message>
    <message>
        <source>low-rank</source>
        <translation>Rang ↓</translation>
    </message>
    <message>
        <source>A linear map of an eighth of the rank. Cheap.</source>
        <translation>Eine lineare Abbildung von einem Achtel des Rangs. Billig.</translation>
    </message>
    <message>
        <source>Linear</source>
        <translation>Linear</translation>
    </message>
    <message>
        <source>linear</source>
        <translation>linear</translation>
    </message>
    <message>
        <source>A whole linear map. Costs least accuracy and most MACs of all repairs.</source>
        <translation>Eine volle lineare Abbildung. Kostet von allen Reparaturen am wenigsten Genauigkeit und die meisten MACs.</translation>
    </message>
    <message>
        <source>low rank</source>
        <translation>niedriger Rang</translation>
    </message>
    <message>
        <source>Cheapest</source>
        <translation>Billigste</translation>
    </message>
    <message>
        <source>For each site the cheapest repair that is not measurably worse. Tried on images.</source>
        <translation>Für jede Stelle die billigste Reparatur, die nicht messbar schlechter ist. Auf Bildern erprobt.</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Nothing makes up for heads and neurons that go.</source>
        <translation>Nichts gleicht Köpfe und Neuronen aus, die entfallen.</translation>
    </message>
    <message>
        <source>Bias</source>
        <translation>Verschiebung</translation>
    </message>
    <message>
        <source>bias</source>
        <translation>Verschiebung</translation>
    </message>
    <message>
        <source>The bias of their last layer takes in what they say on average. Free.</source>
        <translation>Die Verschiebung ihrer letzten Schicht nimmt auf, was sie im Mittel sagen. Kostenlos.</translation>
    </message>
    <message>
        <source>Affine</source>
        <translation>Affin</translation>
    </message>
    <message>
        <source>affine</source>
        <translation>affin</translation>
    </message>
    <message>
        <source>Their last layer is fitted again to the heads and neurons that stay. Free at inference.</source>
        <translation>Ihre letzte Schicht wird wieder an die Köpfe und Neuronen angepasst, die bleiben. Beim Rechnen kostenlos.</translation>
    </message>
    <message>
        <source>Branch</source>
        <translation>Zweig</translation>
    </message>
    <message>
        <source>branch</source>
        <translation>Zweig</translation>
    </message>
    <message>
        <source>Each is fitted to what its own branch added in the dense model.</source>
        <translation>Jede wird an das angepasst, was ihr eigener Zweig im vollen Modell hinzugefügt hat.</translation>
    </message>
    <message>
        <source>Stream</source>
        <translation>Strom</translation>
    </message>
    <message>
        <source>stream</source>
        <translation>Strom</translation>
    </message>
    <message>
        <source>Each is fitted to the dense model&apos;s residual stream after its site, and makes good what those before it left.</source>
        <translation>Jede wird an den Residualstrom des vollen Modells nach ihrer Stelle angepasst und gleicht aus, was die davor übrig lassen.</translation>
    </message>
    <message>
        <source>model</source>
        <translation>Modell</translation>
    </message>
    <message>
        <source>As the stream; and the last layer of every later branch that stays is fitted to the dense stream again.</source>
        <translation>Wie der Strom; und die letzte Schicht jedes späteren Zweigs, der bleibt, wird wieder an den vollen Strom angepasst.</translation>
    </message>
    <message>
        <source>Write all that the session holds on one page: HTML or PDF</source>
        <translation>Alles, was die Sitzung enthält, auf einer Seite ausgeben: HTML oder PDF</translation>
    </message>
    <message>
        <source>Repor&amp;t…</source>
        <translation>Be&amp;richt…</translation>
    </message>
    <message>
        <source>html pdf print summary document</source>
        <comment>words to find it by</comment>
        <translation>html pdf drucken Zusammenfassung Dokument</translation>
    </message>
    <message>
        <source>There is nothing to report yet: open a model first.</source>
        <translation>Es gibt noch nichts zu berichten: Öffnen Sie zuerst ein Modell.</translation>
    </message>
    <message>
        <source>The report is in {path}.</source>
        <translation>Der Bericht steht in {path}.</translation>
    </message>
    <message>
        <source>Open {name}</source>
        <translation>{name} öffnen</translation>
    </message>
    <message>
        <source>Open images in {name}</source>
        <translation>Bilder in {name} öffnen</translation>
    </message>
    <message>
        <source>Analyse redundancy</source>
        <translation>Redundanz analysieren</translation>
    </message>
    <message>
        <source>Measure the damage of each site</source>
        <translation>Den Schaden jeder Stelle messen</translation>
    </message>
    <message>
        <source>Damage was not measured.</source>
        <translation>Der Schaden wurde nicht gemessen.</translation>
    </message>
    <message>
        <source>Scores of the first {n} of {asked} images.</source>
        <translation>Werte der ersten {n} von {asked} Bildern.</translation>
    </message>
    <message>
        <source>Compare predicted with measured</source>
        <translation>Vorhersage mit Messung vergleichen</translation>
    </message>
    <message>
        <source>Intervals of ranks</source>
        <translation>Intervalle der Ränge</translation>
    </message>
    <message>
        <source>Choose sites by {method}</source>
        <translation>Stellen mit {method} wählen</translation>
    </message>
    <message>
        <source>Choose the cheapest repairs</source>
        <translation>Die billigsten Reparaturen wählen</translation>
    </message>
    <message numerus="yes">
        <source>Evaluate without %n site(s)</source>
        <translation>
            <numerusform>Ohne %n Stelle auswerten</numerusform>
            <numerusform>Ohne %n Stellen auswerten</numerusform>
        </translation>
    </message>
    <message>
        <source>Evaluate the whole model</source>
        <translation>Das ganze Modell auswerten</translation>
    </message>
    <message>
        <source>Keep pictures of changed images</source>
        <translation>Vorschaubilder geänderter Bilder behalten</translation>
    </message>
    <message>
        <source>Compare with the dense model</source>
        <translation>Mit dem vollen Modell vergleichen</translation>
    </message>
    <message numerus="yes">
        <source>Search for %n site(s)</source>
        <translation>
            <numerusform>Nach %n Stelle suchen</numerusform>
            <numerusform>Nach %n Stellen suchen</numerusform>
        </translation>
    </message>
    <message>
        <source>Study of methods</source>
        <translation>Studie der Verfahren</translation>
    </message>
    <message>
        <source>Figures of the study</source>
        <translation>Zahlen der Studie</translation>
    </message>
    <message>
        <source>Save {name}</source>
        <translation>{name} speichern</translation>
    </message>
    <message>
        <source>Export to {name}</source>
        <translation>Nach {name} exportieren</translation>
    </message>
    <message>
        <source>Prove free and exact rewrites</source>
        <translation>Kostenlose, exakte Umformungen nachweisen</translation>
    </message>
    <message>
        <source>Open the sample</source>
        <translation>Das Beispiel öffnen</translation>
    </message>
    <message>
        <source>Load the model</source>
        <translation>Das Modell laden</translation>
    </message>
    <message>
        <source>What repeats</source>
        <translation>Was sich wiederholt</translation>
    </message>
    <message>
        <source>How alike is the stream after one block to that after another? A bright square along the diagonal is a run of blocks across which little changes: a first candidate for pruning. Click a pair.</source>
        <translation>Wie ähnlich ist der Strom nach einem Block dem nach einem anderen? Ein helles Quadrat auf der Diagonale ist eine Reihe von Blöcken, über die hinweg sich wenig ändert: ein erster Kandidat zum Entfernen. Klicken Sie auf ein Paar.</translation>
    </message>
    <message>
        <source>CKA asks whether images lie to each other alike at two depths; the cosine asks whether a token still points the same way. The image shows the cosine of each of its patches at the two chosen depths.</source>
        <translation>CKA fragt, ob Bilder in zwei Tiefen gleich zueinander liegen; der Kosinus fragt, ob ein Token noch in dieselbe Richtung zeigt. Das Bild zeigt den Kosinus jedes seiner Patches zwischen den zwei gewählten Tiefen.</translation>
    </message>
    <message>
        <source>What the chosen pair comes to, over all images and for the chosen patch.</source>
        <translation>Was das gewählte Paar ergibt, über alle Bilder und für den gewählten Patch.</translation>
    </message>
    <message>
        <source>Measure of likeness</source>
        <translation>Maß der Ähnlichkeit</translation>
    </message>
    <message>
        <source>CKA over images</source>
        <translation>CKA über die Bilder</translation>
    </message>
    <message>
        <source>Cosine of the same token</source>
        <translation>Kosinus desselben Tokens</translation>
    </message>
    <message>
        <source>Compare over the open images</source>
        <translation>Über die geöffneten Bilder vergleichen</translation>
    </message>
    <message>
        <source>in: before the first block</source>
        <translation>in: vor dem ersten Block</translation>
    </message>
    <message>
        <source>CKA of two depths</source>
        <translation>CKA zweier Tiefen</translation>
    </message>
    <message>
        <source>Cosine of two depths</source>
        <translation>Kosinus zweier Tiefen</translation>
    </message>
    <message>
        <source>streams of different shape are not compared</source>
        <translation>Ströme verschiedener Form werden nicht verglichen</translation>
    </message>
    <message>
        <source>Patch by patch</source>
        <translation>Patch für Patch</translation>
    </message>
    <message>
        <source>X, Y: the mean patch of every image {one} and {other}, one row an image, less its mean.</source>
        <translation>X, Y: das mittlere Patch-Token jedes Bildes {one} und {other}, eine Zeile je Bild, abzüglich ihres Mittels.</translation>
    </message>
    <message>
        <source>CKA = HSIC(X, Y) / √(HSIC(X, X) · HSIC(Y, Y)) = &lt;b&gt;{value}&lt;/b&gt;, standard error {error}, n = {images}</source>
        <translation>CKA = HSIC(X, Y) / √(HSIC(X, X) · HSIC(Y, Y)) = &lt;b&gt;{value}&lt;/b&gt;, Standardfehler {error}, n = {images}</translation>
    </message>
    <message>
        <source>Mean cosine of the same token at both, over all tokens and images: &lt;b&gt;{value}&lt;/b&gt;</source>
        <translation>Mittlerer Kosinus desselben Tokens in beiden, über alle Tokens und Bilder: &lt;b&gt;{value}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>In this image, {token}: cos(x, y) = x·y / (‖x‖ ‖y‖) = &lt;b&gt;{value}&lt;/b&gt;</source>
        <translation>In diesem Bild, {token}: cos(x, y) = x·y / (‖x‖ ‖y‖) = &lt;b&gt;{value}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>{one} and {other}</source>
        <translation>{one} und {other}</translation>
    </message>
    <message>
        <source>All layers are compared over the open images.</source>
        <translation>Alle Schichten werden über die geöffneten Bilder verglichen.</translation>
    </message>
    <message numerus="yes">
        <source>The last time it took %n second(s), so it waits for you with every image.</source>
        <translation>
            <numerusform>Das letzte Mal dauerte es %n Sekunde, daher wartet es bei jedem Bild auf Sie.</numerusform>
            <numerusform>Das letzte Mal dauerte es %n Sekunden, daher wartet es bei jedem Bild auf Sie.</numerusform>
        </translation>
    </message>
    <message>
        <source>Not compared yet</source>
        <translation>Noch nicht verglichen</translation>
    </message>
    <message>
        <source>This takes many images, not the one above alone, and therefore a moment.</source>
        <translation>Das braucht viele Bilder, nicht nur das eine oben, und darum einen Moment.</translation>
    </message>
    <message>
        <source>No images are open</source>
        <translation>Keine Bilder geöffnet</translation>
    </message>
    <message>
        <source>Open images to analyse first: many are compared.</source>
        <translation>Öffnen Sie zuerst Bilder zum Analysieren: Verglichen werden viele.</translation>
    </message>
    <message>
        <source>{pair}: CKA {cka} (standard error {error}), cosine {cosine}, n = {images}.</source>
        <translation>{pair}: CKA {cka} (Standardfehler {error}), Kosinus {cosine}, n = {images}.</translation>
    </message>
    <message>
        <source>There is no map: streams of different shape are not compared.</source>
        <translation>Es gibt keine Karte: Ströme verschiedener Form werden nicht verglichen.</translation>
    </message>
    <message>
        <source>cosine of the two depths {value}</source>
        <translation>Kosinus der zwei Tiefen {value}</translation>
    </message>
    <message>
        <source>all tokens</source>
        <translation>alle Tokens</translation>
    </message>
    <message>
        <source>mean patch token</source>
        <translation>mittleres Patch-Token</translation>
    </message>
    <message>
        <source>mean token</source>
        <translation>mittleres Token</translation>
    </message>
    <message>
        <source>Cosine similarity</source>
        <translation>Kosinus-Ähnlichkeit</translation>
    </message>
    <message>
        <source>Cosine between the stream at two block boundaries, mean over all tokens.</source>
        <translation>Kosinus zwischen dem Strom an zwei Blockgrenzen, Mittel über alle Tokens.</translation>
    </message>
    <message>
        <source>Angular distance, {tokens}</source>
        <translation>Winkelabstand, {tokens}</translation>
    </message>
    <message>
        <source>Angle / π</source>
        <translation>Winkel / π</translation>
    </message>
    <message>
        <source>0 = same direction</source>
        <translation>0 = gleiche Richtung</translation>
    </message>
    <message>
        <source>Arccos of the cosine over π (Gromov et al.), {tokens}: how far a range of blocks turns the stream.</source>
        <translation>Arkuskosinus über π (Gromov et al.), {tokens}: wie weit eine Reihe von Blöcken den Strom dreht.</translation>
    </message>
    <message>
        <source>CKA, {tokens}</source>
        <translation>CKA, {tokens}</translation>
    </message>
    <message>
        <source>Linear CKA (Nguyen et al.) of {tokens}: whether the images lie to each other alike at two block boundaries, whatever the rotation and scale of the stream.</source>
        <translation>Lineare CKA (Nguyen et al.) von {tokens}: ob die Bilder an zwei Blockgrenzen gleich zueinander liegen, gleich wie der Strom gedreht oder skaliert ist.</translation>
    </message>
    <message>
        <source>CKA is not defined where all images are alike</source>
        <translation>CKA ist nicht definiert, wo alle Bilder gleich sind</translation>
    </message>
    <message>
        <source>Angular distance</source>
        <translation>Winkelabstand</translation>
    </message>
    <message>
        <source>Not measured in this session: {maps}.</source>
        <translation>In dieser Sitzung nicht gemessen: {maps}.</translation>
    </message>
    <message>
        <source>block {block}</source>
        <translation>Block {block}</translation>
    </message>
    <message>
        <source>blocks {first} to {last}</source>
        <translation>Blöcke {first} bis {last}</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>Attention</translation>
    </message>
    <message>
        <source>MLP</source>
        <translation>MLP</translation>
    </message>
    <message>
        <source>Convolution</source>
        <translation>Faltung</translation>
    </message>
    <message>
        <source>Block</source>
        <translation>Block</translation>
    </message>
    <message>
        <source>Head</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>Repair</source>
        <translation>Reparatur</translation>
    </message>
    <message>
        <source>attention layers</source>
        <translation>Attention-Schichten</translation>
    </message>
    <message>
        <source>MLP layers</source>
        <translation>MLP-Schichten</translation>
    </message>
    <message>
        <source>convolutions</source>
        <translation>Faltungen</translation>
    </message>
    <message>
        <source>blocks</source>
        <translation>Blöcke</translation>
    </message>
    <message>
        <source>heads</source>
        <translation>Köpfe</translation>
    </message>
    <message>
        <source>repairs</source>
        <translation>Reparaturen</translation>
    </message>
    <message>
        <source>heads and neurons</source>
        <translation>Köpfe und Neuronen</translation>
    </message>
    <message>
        <source>neurons</source>
        <translation>Neuronen</translation>
    </message>
    <message>
        <source>sublayers, heads and neurons</source>
        <translation>Teilschichten, Köpfe und Neuronen</translation>
    </message>
    <message>
        <source>Every layer that can go</source>
        <translation>Jede Schicht, die entfallen kann</translation>
    </message>
    <message>
        <source>This is the sample, a small vision transformer. Each row of the tree is an attention layer, an MLP layer or a whole block. The bar is its score: the mean over 600 images, with its standard error.</source>
        <translation>Das ist das Beispiel, ein kleiner Vision Transformer. Jede Zeile des Baums ist eine Attention-Schicht, eine MLP-Schicht oder ein ganzer Block. Der Balken ist ihr Wert: das Mittel über 600 Bilder mit seinem Standardfehler.</translation>
    </message>
    <message>
        <source>Colour by another score</source>
        <translation>Nach einem anderen Maß färben</translation>
    </message>
    <message>
        <source>There are many opinions about what is redundant. Choose another metric here: tree and charts follow. The legend below says what it means, and which end of it is redundant.</source>
        <translation>Was redundant ist, darüber gibt es viele Meinungen. Wählen Sie hier ein anderes Maß: Baum und Diagramme folgen. Die Legende darunter sagt, was es bedeutet und welches Ende redundant ist.</translation>
    </message>
    <message>
        <source>Leave one more out</source>
        <translation>Eine weitere weglassen</translation>
    </message>
    <message>
        <source>Ten layers are in the plan already, each replaced by a linear map. Choose another row and press Space, or clear its tick. The model itself is not touched: a plan is a list of sites, and nothing else.</source>
        <translation>Zehn Schichten sind schon im Plan, jede durch eine lineare Abbildung ersetzt. Wählen Sie eine andere Zeile und drücken Sie die Leertaste, oder nehmen Sie ihren Haken weg. Das Modell selbst bleibt unberührt: Ein Plan ist eine Liste von Stellen und sonst nichts.</translation>
    </message>
    <message>
        <source>Predicted is not measured</source>
        <translation>Vorhergesagt ist nicht gemessen</translation>
    </message>
    <message>
        <source>Each point is one layer: what a score predicts against what leaving it out was measured to cost. A good score would put them in order. The figure above says how well this one does, with its interval.</source>
        <translation>Jeder Punkt ist eine Schicht: was ein Maß vorhersagt gegen das, was ihr Weglassen gemessen kostet. Ein gutes Maß brächte sie in die richtige Reihenfolge. Die Zahl darüber sagt, wie gut diesem das gelingt, mit Intervall.</translation>
    </message>
    <message>
        <source>Measure the plan</source>
        <translation>Den Plan messen</translation>
    </message>
    <message>
        <source>Evaluate runs the dense and the pruned model on 1,000 images that nothing was fitted to. It takes a few seconds here; the first time the model has to be loaded.</source>
        <translation>Auswerten führt das volle und das gekürzte Modell auf 1,000 Bildern aus, an die nichts angepasst wurde. Das dauert hier einige Sekunden; beim ersten Mal muss das Modell geladen werden.</translation>
    </message>
    <message>
        <source>Take it back</source>
        <translation>Nehmen Sie es zurück</translation>
    </message>
    <message>
        <source>Every change of the plan can be undone, as often as you like. Press Undo, and watch the figures follow.</source>
        <translation>Jede Änderung am Plan lässt sich zurücknehmen, so oft Sie wollen. Drücken Sie Rückgängig und sehen Sie, wie die Zahlen folgen.</translation>
    </message>
    <message>
        <source>Repair instead of loss</source>
        <translation>Reparatur statt Verlust</translation>
    </message>
    <message>
        <source>What stands for a layer is fitted to a few hundred images in closed form, without training and without labels. Choose None: without repair, the predictions move about twice as far from the dense model&apos;s.</source>
        <translation>Was eine Schicht ersetzt, wird in geschlossener Form an einige hundert Bilder angepasst, ohne Training und ohne Beschriftung. Wählen Sie Keine: Ohne Reparatur entfernen sich die Vorhersagen etwa doppelt so weit von denen des vollen Modells.</translation>
    </message>
    <message>
        <source>What is worth its time</source>
        <translation>Was seine Zeit wert ist</translation>
    </message>
    <message>
        <source>All plans that were measured, by what they cost and what they are worth. On the line, nothing else is as good for less. Set a ceiling, and the best plan below it is named.</source>
        <translation>Alle gemessenen Pläne nach dem, was sie kosten und was sie wert sind. Auf der Linie ist nichts anderes für weniger so gut. Setzen Sie eine Obergrenze, und der beste Plan darunter wird genannt.</translation>
    </message>
    <message>
        <source>Keep it</source>
        <translation>Behalten Sie es</translation>
    </message>
    <message>
        <source>A session holds everything that was measured, in one file that opens without the model. Export writes the pruned model as plain PyTorch, Report a page with every figure.</source>
        <translation>Eine Sitzung enthält alles, was gemessen wurde, in einer Datei, die ohne das Modell öffnet. Exportieren schreibt das gekürzte Modell als reines PyTorch, Bericht eine Seite mit allen Zahlen.</translation>
    </message>
    <message>
        <source>When you are stuck</source>
        <translation>Wenn Sie nicht weiterwissen</translation>
    </message>
    <message>
        <source>This tour, every key, the documentation and what a bug report should say are in the Help menu.</source>
        <translation>Dieser Rundgang, jede Taste, die Dokumentation und was in einen Fehlerbericht gehört, stehen im Menü Hilfe.</translation>
    </message>
    <message>
        <source>Mean of the kept patches</source>
        <translation>Mittel der behaltenen Patches</translation>
    </message>
    <message>
        <source>Class token</source>
        <translation>Klassen-Token</translation>
    </message>
    <message>
        <source>Linear CKA (Kornblith et al., unbiased): whether the images lie to each other alike after a site of one model and after a site of the other, whatever the rotation and scale of the stream. It needs no images, only that both sessions are of the same ones.</source>
        <translation>Lineare CKA (Kornblith et al., erwartungstreu): ob die Bilder nach einer Stelle des einen Modells und nach einer Stelle des anderen gleich zueinander liegen, gleich wie der Strom gedreht oder skaliert ist. Sie braucht keine Bilder, nur dass beide Sitzungen dieselben haben.</translation>
    </message>
    <message>
        <source>Features</source>
        <translation>Merkmale</translation>
    </message>
    <message>
        <source>What of each image is compared</source>
        <translation>Was von jedem Bild verglichen wird</translation>
    </message>
    <message>
        <source>&amp;Compare</source>
        <translation>&amp;Vergleichen</translation>
    </message>
    <message>
        <source>Another session…</source>
        <translation>Andere Sitzung…</translation>
    </message>
    <message>
        <source>Compare with the activations of another session</source>
        <translation>Mit den Aktivierungen einer anderen Sitzung vergleichen</translation>
    </message>
    <message>
        <source>Choose a session…</source>
        <translation>Sitzung wählen…</translation>
    </message>
    <message>
        <source>No comparison with {name}</source>
        <translation>Kein Vergleich mit {name}</translation>
    </message>
    <message>
        <source>Comparing with {name}…</source>
        <translation>Vergleich mit {name}…</translation>
    </message>
    <message>
        <source>The activations of both sessions are read.</source>
        <translation>Die Aktivierungen beider Sitzungen werden gelesen.</translation>
    </message>
    <message>
        <source>Choose a session that kept activations.</source>
        <translation>Wählen Sie eine Sitzung, die Aktivierungen behalten hat.</translation>
    </message>
    <message>
        <source>Do two models see alike?</source>
        <translation>Sehen zwei Modelle dasselbe?</translation>
    </message>
    <message>
        <source>{one} with {other}</source>
        <translation>{one} mit {other}</translation>
    </message>
    <message>
        <source>Entropy of the weights</source>
        <translation>Entropie der Gewichte</translation>
    </message>
    <message>
        <source>Mean attention distance</source>
        <translation>Mittlerer Attention-Abstand</translation>
    </message>
    <message>
        <source>Entropy (bits)</source>
        <translation>Entropie (Bit)</translation>
    </message>
    <message>
        <source>Mean distance (pixels)</source>
        <translation>Mittlerer Abstand (Pixel)</translation>
    </message>
    <message>
        <source>Every layer has several heads, and each looks for something else. Each small map is one head: what the class token takes from the patches, or all tokens together where there is none. Click a map to enter the head.</source>
        <translation>Jede Schicht hat mehrere Köpfe, und jeder sucht etwas anderes. Jede kleine Karte ist ein Kopf: was das Klassen-Token aus den Patches nimmt oder, wo es keines gibt, alle Tokens zusammen. Klicken Sie auf eine Karte, um zu diesem Kopf zu gehen.</translation>
    </message>
    <message>
        <source>Left: the heads of one layer. Right: every head of the model as a point. A low entropy says that a head picks few tokens, a high one that it averages over many; a short distance, that it looks at neighbours.</source>
        <translation>Links: die Köpfe einer Schicht. Rechts: jeder Kopf des Modells als Punkt. Eine niedrige Entropie sagt, dass ein Kopf wenige Tokens auswählt, eine hohe, dass er über viele mittelt; ein kleiner Abstand, dass er auf Nachbarn sieht.</translation>
    </message>
    <message>
        <source>The same figures with their numbers, for one query of the chosen head.</source>
        <translation>Dieselben Größen mit ihren Zahlen, für eine Anfrage des gewählten Kopfes.</translation>
    </message>
    <message>
        <source>Figure</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>&amp;Figure</source>
        <translation>&amp;Größe</translation>
    </message>
    <message>
        <source>Heads of a layer</source>
        <translation>Köpfe einer Schicht</translation>
    </message>
    <message>
        <source>Heads by depth</source>
        <translation>Köpfe über die Tiefe</translation>
    </message>
    <message>
        <source>largest possible</source>
        <translation>größtmöglich</translation>
    </message>
    <message>
        <source>It has no map: see below.</source>
        <translation>Sie hat keine Karte: siehe unten.</translation>
    </message>
    <message>
        <source>from the class token</source>
        <translation>vom Klassen-Token</translation>
    </message>
    <message>
        <source>mean over all queries</source>
        <translation>Mittel über alle Anfragen</translation>
    </message>
    <message>
        <source>dark: its least, bright: its most</source>
        <translation>dunkel: ihr Kleinstes, hell: ihr Größtes</translation>
    </message>
    <message>
        <source>{layer}, head {head}</source>
        <translation>{layer}, Kopf {head}</translation>
    </message>
    <message>
        <source>Cannot be shown</source>
        <translation>Lässt sich nicht zeigen</translation>
    </message>
    <message>
        <source>Entropy {entropy} of at most {most} bits</source>
        <translation>Entropie {entropy} von höchstens {most} Bit</translation>
    </message>
    <message>
        <source>Mean distance {distance} pixels</source>
        <translation>Mittlerer Abstand {distance} Pixel</translation>
    </message>
    <message>
        <source>{layer} has no head {head}, or cannot be shown</source>
        <translation>{layer} hat keinen Kopf {head}, oder er lässt sich nicht zeigen</translation>
    </message>
    <message>
        <source>Attention that cannot be shown: {layers}.</source>
        <translation>Attention, die sich nicht zeigen lässt: {layers}.</translation>
    </message>
    <message>
        <source>Its tokens lie on no grid, so it has no map and no distance.</source>
        <translation>Ihre Tokens liegen auf keinem Gitter, also hat sie keine Karte und keinen Abstand.</translation>
    </message>
    <message>
        <source>This model has no class token that asks: maps are means over all queries.</source>
        <translation>Dieses Modell hat kein Klassen-Token, das fragt: Die Karten sind Mittel über alle Anfragen.</translation>
    </message>
    <message>
        <source>The attention of this layer cannot be shown.</source>
        <translation>Die Attention dieser Schicht lässt sich nicht zeigen.</translation>
    </message>
    <message>
        <source>{a}·log&lt;sub&gt;2&lt;/sub&gt; {a}</source>
        <translation>{a}·log&lt;sub&gt;2&lt;/sub&gt; {a}</translation>
    </message>
    <message>
        <source>H&lt;sub&gt;i&lt;/sub&gt; = −Σ&lt;sub&gt;j&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; log&lt;sub&gt;2&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; = −({terms} + …) = &lt;b&gt;{value}&lt;/b&gt; bits, for the query i: {name}</source>
        <translation>H&lt;sub&gt;i&lt;/sub&gt; = −Σ&lt;sub&gt;j&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; log&lt;sub&gt;2&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; = −({terms} + …) = &lt;b&gt;{value}&lt;/b&gt; Bit, für die Anfrage i: {name}</translation>
    </message>
    <message>
        <source>2&lt;sup&gt;{value}&lt;/sup&gt; = {count}: as if it chose evenly among so many keys</source>
        <translation>2&lt;sup&gt;{value}&lt;/sup&gt; = {count}: als wählte sie gleichmäßig unter so vielen Schlüsseln</translation>
    </message>
    <message>
        <source>mean of all queries, the point in the chart: &lt;b&gt;{mean}&lt;/b&gt; bits; all {n} keys alike would be log&lt;sub&gt;2&lt;/sub&gt; {n} = {most}</source>
        <translation>Mittel aller Anfragen, der Punkt im Diagramm: &lt;b&gt;{mean}&lt;/b&gt; Bit; bei {n} gleichen Schlüsseln wären es log&lt;sub&gt;2&lt;/sub&gt; {n} = {most}</translation>
    </message>
    <message>
        <source>mean of all patches, the point in the chart: &lt;b&gt;{mean}&lt;/b&gt; pixels</source>
        <translation>Mittel aller Patches, der Punkt im Diagramm: &lt;b&gt;{mean}&lt;/b&gt; Pixel</translation>
    </message>
    <message>
        <source>Only a patch has a place, and so a distance: choose one on the page before.</source>
        <translation>Nur ein Patch hat einen Platz und damit einen Abstand: Wählen Sie auf der Seite davor einen.</translation>
    </message>
    <message>
        <source>d&lt;sub&gt;i&lt;/sub&gt; = Σ&lt;sub&gt;j&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; d&lt;sub&gt;ij&lt;/sub&gt; / Σ&lt;sub&gt;j&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; = ({terms} + …) / {total} = &lt;b&gt;{value}&lt;/b&gt; pixels, for the query i: {name}</source>
        <translation>d&lt;sub&gt;i&lt;/sub&gt; = Σ&lt;sub&gt;j&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; d&lt;sub&gt;ij&lt;/sub&gt; / Σ&lt;sub&gt;j&lt;/sub&gt; a&lt;sub&gt;ij&lt;/sub&gt; = ({terms} + …) / {total} = &lt;b&gt;{value}&lt;/b&gt; Pixel, für die Anfrage i: {name}</translation>
    </message>
    <message>
        <source>d&lt;sub&gt;ij&lt;/sub&gt; is the distance between the centres of two patches; only patches count.</source>
        <translation>d&lt;sub&gt;ij&lt;/sub&gt; ist der Abstand zwischen den Mittelpunkten zweier Patches; nur Patches zählen.</translation>
    </message>
    <message>
        <source>&amp;Show</source>
        <translation>&amp;Zeigen</translation>
    </message>
    <message>
        <source>Use all images</source>
        <translation>Alle Bilder verwenden</translation>
    </message>
    <message>
        <source>Read the activations of all images that the session keeps</source>
        <translation>Die Aktivierungen aller Bilder lesen, die die Sitzung behalten hat</translation>
    </message>
    <message>
        <source>Read activations</source>
        <translation>Aktivierungen lesen</translation>
    </message>
    <message>
        <source>Lengths, similarities and values of the tokens of many images.</source>
        <translation>Längen, Ähnlichkeiten und Werte der Tokens vieler Bilder.</translation>
    </message>
    <message>
        <source>Reading activations…</source>
        <translation>Aktivierungen werden gelesen…</translation>
    </message>
    <message>
        <source>Nothing was read yet.</source>
        <translation>Noch nichts gelesen.</translation>
    </message>
    <message numerus="yes">
        <source>{part} of %n image(s), evenly chosen</source>
        <translation>
            <numerusform>{part} von %n Bild, gleichmäßig gewählt</numerusform>
            <numerusform>{part} von %n Bildern, gleichmäßig gewählt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>all %n image(s)</source>
        <translation>
            <numerusform>%n Bild</numerusform>
            <numerusform>alle %n Bilder</numerusform>
        </translation>
    </message>
    <message>
        <source>Patches of one colour are alike in the three directions in which the patches of this image differ most. Colours are of one site: its components are not those of another.</source>
        <translation>Patches einer Farbe sind sich in den drei Richtungen ähnlich, in denen sich die Patches dieses Bildes am meisten unterscheiden. Die Farben gelten für eine Stelle: Ihre Komponenten sind nicht die einer anderen.</translation>
    </message>
    <message>
        <source>How long the stream is at each patch. A few patches far longer than the rest hold no longer what is in their place of the image.</source>
        <translation>Wie lang der Strom an jedem Patch ist. Einige Patches, die weit länger sind als die übrigen, enthalten nicht mehr, was an ihrer Stelle im Bild ist.</translation>
    </message>
    <message>
        <source>Cosine between the stream at the chosen patch and at every other one, after the site.</source>
        <translation>Kosinus zwischen dem Strom am gewählten Patch und an jedem anderen, nach der Stelle.</translation>
    </message>
    <message>
        <source>Quantity</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>&amp;Image</source>
        <translation>&amp;Bild</translation>
    </message>
    <message>
        <source>&amp;After</source>
        <translation>&amp;Nach</translation>
    </message>
    <message>
        <source>{quantity} after every site, by block</source>
        <translation>{quantity} nach jeder Stelle, je Block</translation>
    </message>
    <message>
        <source>Reading…</source>
        <translation>Wird gelesen…</translation>
    </message>
    <message>
        <source>{quantity} after {site}</source>
        <translation>{quantity} nach {site}</translation>
    </message>
    <message>
        <source>One image. {patches}.</source>
        <translation>Ein Bild. {patches}.</translation>
    </message>
    <message>
        <source>What is said of patches is said of those that were kept.</source>
        <translation>Was von Patches gesagt wird, gilt den behaltenen.</translation>
    </message>
    <message>
        <source>Class token: length {length}.</source>
        <translation>Klassen-Token: Länge {length}.</translation>
    </message>
    <message>
        <source>Patches: median length {length}.</source>
        <translation>Patches: mediane Länge {length}.</translation>
    </message>
    <message numerus="yes">
        <source>%n high-norm patch(es): longer than {times} times that.</source>
        <translation>
            <numerusform>%n Patch mit großer Norm: länger als das {times}-Fache davon.</numerusform>
            <numerusform>%n Patches mit großer Norm: länger als das {times}-Fache davon.</numerusform>
        </translation>
    </message>
    <message>
        <source>Three components: {share} of the variance.</source>
        <translation>Drei Komponenten: {share} der Varianz.</translation>
    </message>
    <message>
        <source>Chosen: row {row}, column {column}. Cosine with the others: median {median}, from {low} to {high}.</source>
        <translation>Gewählt: Zeile {row}, Spalte {column}. Kosinus mit den anderen: Median {median}, von {low} bis {high}.</translation>
    </message>
    <message>
        <source>Chosen: the only patch that was kept.</source>
        <translation>Gewählt: der einzige behaltene Patch.</translation>
    </message>
    <message>
        <source>The chosen patch was not kept here.</source>
        <translation>Der gewählte Patch wurde hier nicht behalten.</translation>
    </message>
    <message>
        <source>of {all}: {path} ({label})</source>
        <translation>von {all}: {path} ({label})</translation>
    </message>
    <message>
        <source>of {all}: {path}</source>
        <translation>von {all}: {path}</translation>
    </message>
    <message>
        <source>An analysis can keep the stream that runs through the model, after every site, at the tokens of each image. From that alone, without the model, this page shows what patches have in common, which tokens stand out, how values are distributed over depth, and how like another model&apos;s they are.</source>
        <translation>Eine Analyse kann den Strom behalten, der durch das Modell läuft, nach jeder Stelle, an den Tokens jedes Bildes. Allein daraus, ohne das Modell, zeigt diese Seite, was Patches gemeinsam haben, welche Tokens herausstechen, wie sich Werte über die Tiefe verteilen und wie ähnlich sie denen eines anderen Modells sind.</translation>
    </message>
    <message>
        <source>Tokens to keep</source>
        <translation>Zu behaltende Tokens</translation>
    </message>
    <message>
        <source>Analyse and keep activations…</source>
        <translation>Analysieren und Aktivierungen behalten…</translation>
    </message>
    <message>
        <source>Run the model over the images and keep what runs through it, in a session file</source>
        <translation>Das Modell über die Bilder laufen lassen und behalten, was hindurchläuft, in einer Sitzungsdatei</translation>
    </message>
    <message>
        <source>Open session…</source>
        <translation>Sitzung öffnen…</translation>
    </message>
    <message>
        <source>Patches of an image</source>
        <translation>Patches eines Bildes</translation>
    </message>
    <message numerus="yes">
        <source>all %n token(s)</source>
        <translation>
            <numerusform>%n Token</numerusform>
            <numerusform>alle %n Tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{part} of %n token(s)</source>
        <translation>
            <numerusform>{part} von %n Token</numerusform>
            <numerusform>{part} von %n Tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{session} keeps the stream after {sites} of {model}, at {tokens} of %n image(s).</source>
        <translation>
            <numerusform>{session} enthält den Strom nach {sites} von {model}, an {tokens} von %n Bild.</numerusform>
            <numerusform>{session} enthält den Strom nach {sites} von {model}, an {tokens} von %n Bildern.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s)</source>
        <translation>
            <numerusform>%n Stelle</numerusform>
            <numerusform>%n Stellen</numerusform>
        </translation>
    </message>
    <message>
        <source>Looking for activations…</source>
        <translation>Aktivierungen werden gesucht…</translation>
    </message>
    <message>
        <source>The session file is looked into.</source>
        <translation>In der Sitzungsdatei wird nachgesehen.</translation>
    </message>
    <message>
        <source>Analysing…</source>
        <translation>Wird analysiert…</translation>
    </message>
    <message>
        <source>Activations are there once it is through, if it keeps them.</source>
        <translation>Aktivierungen sind da, sobald sie fertig ist, falls sie welche behält.</translation>
    </message>
    <message numerus="yes">
        <source>They go into the session file, 2 bytes for each value: {sites} sites × {tokens} tokens × %n image(s) come to {vectors} vectors of the model&apos;s width. On the command line: {command}</source>
        <translation>
            <numerusform>Sie kommen in die Sitzungsdatei, 2 Bytes je Wert: {sites} Stellen × {tokens} Tokens × %n Bild ergeben {vectors} Vektoren von der Breite des Modells. Auf der Befehlszeile: {command}</numerusform>
            <numerusform>Sie kommen in die Sitzungsdatei, 2 Bytes je Wert: {sites} Stellen × {tokens} Tokens × %n Bilder ergeben {vectors} Vektoren von der Breite des Modells. Auf der Befehlszeile: {command}</numerusform>
        </translation>
    </message>
    <message>
        <source>No activations in this session</source>
        <translation>Keine Aktivierungen in dieser Sitzung</translation>
    </message>
    <message>
        <source>Open a session that keeps some, or a model and images to analyse.</source>
        <translation>Öffnen Sie eine Sitzung, die welche enthält, oder ein Modell und Bilder zum Analysieren.</translation>
    </message>
    <message>
        <source>What is in the activations?</source>
        <translation>Was steckt in den Aktivierungen?</translation>
    </message>
    <message numerus="yes">
        <source>All %n token(s) of each image</source>
        <translation>
            <numerusform>Das %n Token jedes Bildes</numerusform>
            <numerusform>Alle %n Tokens jedes Bildes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n token(s) of each image, evenly spread</source>
        <translation>
            <numerusform>%n Token jedes Bildes</numerusform>
            <numerusform>%n Tokens jedes Bildes, gleichmäßig verteilt</numerusform>
        </translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Aufträge</translation>
    </message>
    <message>
        <source>Let this job go earlier</source>
        <translation>Diesen Auftrag vorziehen</translation>
    </message>
    <message>
        <source>Let this job go later</source>
        <translation>Diesen Auftrag zurückstellen</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>More about this job</source>
        <translation>Mehr über diesen Auftrag</translation>
    </message>
    <message>
        <source>Progress of {job}</source>
        <translation>Fortschritt von {job}</translation>
    </message>
    <message>
        <source>Stopping…</source>
        <translation>Wird angehalten…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>Entfernen</translation>
    </message>
    <message>
        <source>{action}: {job}</source>
        <translation>{action}: {job}</translation>
    </message>
    <message>
        <source>Earlier</source>
        <translation>Früher</translation>
    </message>
    <message>
        <source>Later</source>
        <translation>Später</translation>
    </message>
    <message>
        <source>More</source>
        <translation>Mehr</translation>
    </message>
    <message>
        <source>Copy as &amp;command</source>
        <translation>Als &amp;Befehl kopieren</translation>
    </message>
    <message>
        <source>Copy as &amp;Python</source>
        <translation>Als &amp;Python kopieren</translation>
    </message>
    <message>
        <source>Copy what it &amp;says</source>
        <translation>&amp;Meldung kopieren</translation>
    </message>
    <message>
        <source>Go &amp;earlier</source>
        <translation>&amp;Vorziehen</translation>
    </message>
    <message>
        <source>Go &amp;later</source>
        <translation>&amp;Zurückstellen</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Anhalten</translation>
    </message>
    <message>
        <source>The command is on the clipboard.</source>
        <translation>Der Befehl ist in der Zwischenablage.</translation>
    </message>
    <message>
        <source>The script is on the clipboard.</source>
        <translation>Das Skript ist in der Zwischenablage.</translation>
    </message>
    <message>
        <source>It is on the clipboard.</source>
        <translation>Es ist in der Zwischenablage.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartet</translation>
    </message>
    <message>
        <source>Done in {time}</source>
        <translation>Fertig in {time}</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Angehalten</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>Abgebrochen</translation>
    </message>
    <message>
        <source>Failed: {reason}</source>
        <translation>Fehlgeschlagen: {reason}</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Beginnt</translation>
    </message>
    <message>
        <source>{done} of {total}</source>
        <translation>{done} von {total}</translation>
    </message>
    <message>
        <source>{time} left</source>
        <translation>noch {time}</translation>
    </message>
    <message>
        <source>{time} so far</source>
        <translation>bisher {time}</translation>
    </message>
    <message>
        <source>at {clock}</source>
        <translation>um {clock}</translation>
    </message>
    <message>
        <source>patch tokens</source>
        <translation>Patch-Tokens</translation>
    </message>
    <message>
        <source>pooled tokens</source>
        <translation>gepoolte Tokens</translation>
    </message>
    <message>
        <source>By block</source>
        <translation>Nach Block</translation>
    </message>
    <message>
        <source>Blocks in running order, with their branches below them</source>
        <translation>Blöcke in der Reihenfolge, in der sie laufen, darunter ihre Zweige</translation>
    </message>
    <message>
        <source>By kind</source>
        <translation>Nach Art</translation>
    </message>
    <message>
        <source>All attention layers, all MLP layers, all blocks</source>
        <translation>Alle Attention-Schichten, alle MLP-Schichten, alle Blöcke</translation>
    </message>
    <message>
        <source>By stage</source>
        <translation>Nach Stufe</translation>
    </message>
    <message>
        <source>Blocks by the part of the model that they are in</source>
        <translation>Blöcke nach dem Teil des Modells, in dem sie sind</translation>
    </message>
    <message>
        <source>Filter sites</source>
        <translation>Stellen filtern</translation>
    </message>
    <message>
        <source>Words of a site&apos;s id, its kind or its state: {states}</source>
        <translation>Wörter aus der Kennung einer Stelle, ihrer Art oder ihrem Zustand: {states}</translation>
    </message>
    <message>
        <source>Group sites</source>
        <translation>Stellen gruppieren</translation>
    </message>
    <message>
        <source>How the sites are grouped. Inside a group they are sorted as the header says.</source>
        <translation>Wie die Stellen gruppiert sind. In einer Gruppe sind sie geordnet, wie der Kopf es sagt.</translation>
    </message>
    <message>
        <source>Metric</source>
        <translation>Maß</translation>
    </message>
    <message>
        <source>The metric that colours the tree and the charts</source>
        <translation>Das Maß, das den Baum und die Diagramme färbt</translation>
    </message>
    <message>
        <source>All tokens</source>
        <translation>Alle Tokens</translation>
    </message>
    <message>
        <source>All patches</source>
        <translation>Alle Patches</translation>
    </message>
    <message>
        <source>The class token</source>
        <translation>Das Klassen-Token</translation>
    </message>
    <message>
        <source>The chosen patch</source>
        <translation>Der gewählte Patch</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>Tokens</translation>
    </message>
    <message>
        <source>&amp;Tokens</source>
        <translation>&amp;Tokens</translation>
    </message>
    <message>
        <source>&amp;Depth</source>
        <translation>&amp;Tiefe</translation>
    </message>
    <message>
        <source>before the first block</source>
        <translation>vor dem ersten Block</translation>
    </message>
    <message>
        <source>after block {block}</source>
        <translation>nach Block {block}</translation>
    </message>
    <message>
        <source>the {token}</source>
        <translation>das {token}</translation>
    </message>
    <message>
        <source>token {n}</source>
        <translation>Token {n}</translation>
    </message>
    <message>
        <source>the patch in row {row}, column {column}</source>
        <translation>der Patch in Zeile {row}, Spalte {column}</translation>
    </message>
    <message>
        <source>The tokens that the scores are means over</source>
        <translation>Die Tokens, über die die Werte gemittelt sind</translation>
    </message>
    <message>
        <source>Sites of the model</source>
        <translation>Stellen des Modells</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>Kein Modell</translation>
    </message>
    <message>
        <source>Open a model to see its parts.</source>
        <translation>Öffnen Sie ein Modell, um seine Teile zu sehen.</translation>
    </message>
    <message>
        <source>No scores yet. Press Analyse to colour the tree.</source>
        <translation>Noch keine Werte. Analysieren färbt den Baum.</translation>
    </message>
    <message>
        <source>Colour &amp;by</source>
        <translation>&amp;Farbe nach</translation>
    </message>
    <message>
        <source>o&amp;ver</source>
        <translation>ü&amp;ber</translation>
    </message>
    <message>
        <source>&amp;Prune the selected sites</source>
        <translation>Die gewählten Stellen &amp;entfernen</translation>
    </message>
    <message>
        <source>Put all selected sites into the plan</source>
        <translation>Alle gewählten Stellen in den Plan aufnehmen</translation>
    </message>
    <message>
        <source>remove delete cut</source>
        <comment>words to find it by</comment>
        <translation>entfernen löschen kürzen</translation>
    </message>
    <message>
        <source>&amp;Restore the selected sites</source>
        <translation>Die gewählten Stellen &amp;zurückholen</translation>
    </message>
    <message>
        <source>Take all selected sites out of the plan</source>
        <translation>Alle gewählten Stellen aus dem Plan nehmen</translation>
    </message>
    <message>
        <source>keep undo back</source>
        <comment>words to find it by</comment>
        <translation>behalten zurück wiederherstellen</translation>
    </message>
    <message>
        <source>&amp;Next repair of the selected sites</source>
        <translation>&amp;Nächste Reparatur der gewählten Stellen</translation>
    </message>
    <message>
        <source>Change what stands for the selected sites that are pruned</source>
        <translation>Ändern, was die gewählten entfernten Stellen ersetzt</translation>
    </message>
    <message>
        <source>linear mean fold low rank diagonal</source>
        <comment>words to find it by</comment>
        <translation>linear Mittel einfalten niedriger Rang diagonal</translation>
    </message>
    <message>
        <source>Pro&amp;tect or release the selected sites</source>
        <translation>Die gewählten Stellen &amp;schützen oder freigeben</translation>
    </message>
    <message>
        <source>What is protected stays: no edit and no method can prune it</source>
        <translation>Was geschützt ist, bleibt: Keine Bearbeitung und kein Verfahren kann es entfernen</translation>
    </message>
    <message>
        <source>lock keep pin freeze</source>
        <comment>words to find it by</comment>
        <translation>sperren behalten festhalten einfrieren</translation>
    </message>
    <message>
        <source>Release &amp;all sites</source>
        <translation>Alle Stellen &amp;freigeben</translation>
    </message>
    <message>
        <source>Nothing is protected any more</source>
        <translation>Nichts ist mehr geschützt</translation>
    </message>
    <message>
        <source>Nothing is protected.</source>
        <translation>Nichts ist geschützt.</translation>
    </message>
    <message>
        <source>unlock unprotect</source>
        <comment>words to find it by</comment>
        <translation>entsperren freigeben</translation>
    </message>
    <message>
        <source>Nothing to prune here</source>
        <translation>Hier ist nichts zu entfernen</translation>
    </message>
    <message>
        <source>No site matches</source>
        <translation>Keine Stelle passt</translation>
    </message>
    <message>
        <source>Clear the filter, or use other words.</source>
        <translation>Leeren Sie den Filter, oder nehmen Sie andere Wörter.</translation>
    </message>
    <message>
        <source>These scores are of another model. Analyse again.</source>
        <translation>Diese Werte sind von einem anderen Modell. Analysieren Sie noch einmal.</translation>
    </message>
    <message>
        <source>These scores are of other images. Analyse again.</source>
        <translation>Diese Werte sind von anderen Bildern. Analysieren Sie noch einmal.</translation>
    </message>
    <message>
        <source>{metric} was not measured in this session.</source>
        <translation>{metric} wurde in dieser Sitzung nicht gemessen.</translation>
    </message>
    <message>
        <source>It is protected.</source>
        <translation>Sie ist geschützt.</translation>
    </message>
    <message>
        <source>Prune</source>
        <translation>Entfernen</translation>
    </message>
    <message numerus="yes">
        <source>Prune %n site(s)</source>
        <translation>
            <numerusform>%n Stelle entfernen</numerusform>
            <numerusform>%n Stellen entfernen</numerusform>
        </translation>
    </message>
    <message>
        <source>Restore</source>
        <translation>Zurückholen</translation>
    </message>
    <message>
        <source>Protect</source>
        <translation>Schützen</translation>
    </message>
    <message>
        <source>Release</source>
        <translation>Freigeben</translation>
    </message>
    <message>
        <source>Prune this block</source>
        <translation>Diesen Block entfernen</translation>
    </message>
    <message>
        <source>Prune all {count} attention layers after here</source>
        <translation>Alle {count} Attention-Schichten ab hier entfernen</translation>
    </message>
    <message>
        <source>Copy site id</source>
        <translation>Kennung der Stelle kopieren</translation>
    </message>
    <message numerus="yes">
        <source>Copy %n site id(s)</source>
        <translation>
            <numerusform>Kennung von %n Stelle kopieren</numerusform>
            <numerusform>Kennungen von %n Stellen kopieren</numerusform>
        </translation>
    </message>
    <message>
        <source>Change the repair</source>
        <translation>Reparatur ändern</translation>
    </message>
    <message>
        <source>Change the repair of {count} sites</source>
        <translation>Reparatur von {count} Stellen ändern</translation>
    </message>
    <message>
        <source>Sites of this kind cannot have it.</source>
        <translation>Stellen dieser Art können sie nicht haben.</translation>
    </message>
    <message>
        <source>Of one pass</source>
        <translation>In einem Durchgang</translation>
    </message>
    <message>
        <source>Everything, with the measured damage</source>
        <translation>Alles, mit gemessenem Schaden</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>Written</source>
        <translation>Geschrieben</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Queue analyses</source>
        <translation>Analysen einreihen</translation>
    </message>
    <message>
        <source>Name of a model, or a path</source>
        <translation>Modellname oder Pfad</translation>
    </message>
    <message>
        <source>Model to add</source>
        <translation>Hinzuzufügendes Modell</translation>
    </message>
    <message>
        <source>&amp;Add</source>
        <translation>&amp;Hinzufügen</translation>
    </message>
    <message>
        <source>Add &amp;file…</source>
        <translation>&amp;Datei hinzufügen…</translation>
    </message>
    <message>
        <source>Add e&amp;xported folder…</source>
        <translation>E&amp;xportierten Ordner hinzufügen…</translation>
    </message>
    <message>
        <source>&amp;Remove</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>Models to analyse</source>
        <translation>Zu analysierende Modelle</translation>
    </message>
    <message>
        <source>Weights files and exported folders can be dropped here</source>
        <translation>Gewichtsdateien und exportierte Ordner können hier abgelegt werden</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen…</translation>
    </message>
    <message>
        <source>Choose the folder of images</source>
        <translation>Ordner mit Bildern wählen</translation>
    </message>
    <message>
        <source>All</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>A random sample of so many images, the same for every model</source>
        <translation>Eine zufällige Stichprobe von so vielen Bildern, für jedes Modell dieselbe</translation>
    </message>
    <message>
        <source>Where the sessions go; nothing there is overwritten</source>
        <translation>Wohin die Sitzungen kommen; dort wird nichts überschrieben</translation>
    </message>
    <message>
        <source>Choose the folder for the sessions</source>
        <translation>Ordner für die Sitzungen wählen</translation>
    </message>
    <message>
        <source>&amp;Queue them</source>
        <translation>&amp;Einreihen</translation>
    </message>
    <message>
        <source>What became of each model</source>
        <translation>Was aus jedem Modell wurde</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Session, or why there is none</source>
        <translation>Sitzung, oder warum es keine gibt</translation>
    </message>
    <message>
        <source>Double click opens a session</source>
        <translation>Ein Doppelklick öffnet eine Sitzung</translation>
    </message>
    <message>
        <source>&amp;Stop them</source>
        <translation>&amp;Anhalten</translation>
    </message>
    <message>
        <source>C&amp;lear finished</source>
        <translation>&amp;Fertige entfernen</translation>
    </message>
    <message>
        <source>{name} is no model.</source>
        <translation>{name} ist kein Modell.</translation>
    </message>
    <message>
        <source>&amp;Images:</source>
        <translation>&amp;Bilder:</translation>
    </message>
    <message>
        <source>Sessions &amp;go to:</source>
        <translation>Sitzungen &amp;nach:</translation>
    </message>
    <message>
        <source>&amp;How many images:</source>
        <translation>&amp;Wie viele Bilder:</translation>
    </message>
    <message>
        <source>S&amp;cores:</source>
        <translation>W&amp;erte:</translation>
    </message>
    <message>
        <source>Add at least one model.</source>
        <translation>Fügen Sie mindestens ein Modell hinzu.</translation>
    </message>
    <message>
        <source>Choose the images that all models are to be analysed with.</source>
        <translation>Wählen Sie die Bilder, mit denen alle Modelle analysiert werden.</translation>
    </message>
    <message>
        <source>Choose the folder that the sessions are written into.</source>
        <translation>Wählen Sie den Ordner, in den die Sitzungen geschrieben werden.</translation>
    </message>
    <message>
        <source>Folder for the sessions</source>
        <translation>Ordner für die Sitzungen</translation>
    </message>
    <message>
        <source>{state}, {percent} %</source>
        <translation>{state}, {percent} %</translation>
    </message>
    <message>
        <source>Nothing is queued.</source>
        <translation>Nichts ist eingereiht.</translation>
    </message>
    <message>
        <source>At a glance</source>
        <translation>Auf einen Blick</translation>
    </message>
    <message>
        <source>What each is worth</source>
        <translation>Was jede wert ist</translation>
    </message>
    <message>
        <source>Set-up</source>
        <translation>Aufbau</translation>
    </message>
    <message>
        <source>Plans</source>
        <translation>Pläne</translation>
    </message>
    <message>
        <source>Cost in its own model</source>
        <translation>Kosten im eigenen Modell</translation>
    </message>
    <message>
        <source>Frontier of all</source>
        <translation>Gemeinsame Pareto-Front</translation>
    </message>
    <message>
        <source>Classes</source>
        <translation>Klassen</translation>
    </message>
    <message>
        <source>Scores over depth</source>
        <translation>Werte über die Tiefe</translation>
    </message>
    <message>
        <source>Do scores agree</source>
        <translation>Stimmen Werte überein?</translation>
    </message>
    <message>
        <source>How to reproduce</source>
        <translation>Wie man es wiederholt</translation>
    </message>
    <message>
        <source>Baseline</source>
        <translation>Bezug</translation>
    </message>
    <message>
        <source>Margin of equality</source>
        <translation>Bereich der Gleichheit</translation>
    </message>
    <message>
        <source>A share that differs by less than this counts as equal</source>
        <translation>Ein Anteil, der sich um weniger unterscheidet, gilt als gleich</translation>
    </message>
    <message>
        <source>Write &amp;report…</source>
        <translation>Be&amp;richt schreiben…</translation>
    </message>
    <message>
        <source>All of this as one web page that loads nothing, or as Markdown</source>
        <translation>All das als eine Webseite, die nichts nachlädt, oder als Markdown</translation>
    </message>
    <message>
        <source>Choose sessions…</source>
        <translation>Sitzungen wählen…</translation>
    </message>
    <message>
        <source>Back to the list of sessions</source>
        <translation>Zurück zur Liste der Sitzungen</translation>
    </message>
    <message>
        <source>&amp;Baseline</source>
        <translation>&amp;Bezug</translation>
    </message>
    <message>
        <source>&amp;equal within</source>
        <translation>&amp;gleich innerhalb von</translation>
    </message>
    <message>
        <source>Topics</source>
        <translation>Themen</translation>
    </message>
    <message>
        <source>{stage} {done} of {total}</source>
        <translation>{stage} {done} von {total}</translation>
    </message>
    <message numerus="yes">
        <source>%n session(s); {bad} could not be opened</source>
        <translation>
            <numerusform>%n Sitzung; {bad} nicht zu öffnen</numerusform>
            <numerusform>%n Sitzungen; {bad} nicht zu öffnen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n session(s)</source>
        <translation>
            <numerusform>%n Sitzung</numerusform>
            <numerusform>%n Sitzungen</numerusform>
        </translation>
    </message>
    <message>
        <source>Comparing…</source>
        <translation>Wird verglichen…</translation>
    </message>
    <message>
        <source>Hold sessions against each other</source>
        <translation>Sitzungen nebeneinanderhalten</translation>
    </message>
    <message>
        <source>Tick two or more in the list of sessions, the baseline first: what differs between them, by how much and how surely, by accuracy, time, classes, images, plans and scores. Nothing is run for it.</source>
        <translation>Haken Sie in der Liste der Sitzungen zwei oder mehr an, den Bezug zuerst: worin sie sich unterscheiden, um wie viel und wie sicher, nach Genauigkeit, Zeit, Klassen, Bildern, Plänen und Werten. Dafür wird nichts ausgeführt.</translation>
    </message>
    <message>
        <source>What is the same in all sessions is left out.</source>
        <translation>Was in allen Sitzungen gleich ist, ist weggelassen.</translation>
    </message>
    <message>
        <source>Figures</source>
        <translation>Zahlen</translation>
    </message>
    <message>
        <source>What is shown</source>
        <translation>Was gezeigt wird</translation>
    </message>
    <message>
        <source>Session whose classes are shown</source>
        <translation>Sitzung, deren Klassen gezeigt werden</translation>
    </message>
    <message>
        <source>&amp;Session</source>
        <translation>&amp;Sitzung</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>Unterschied</translation>
    </message>
    <message>
        <source>Share that is right, less that of {name}, with its 95 % interval</source>
        <translation>Richtiger Anteil abzüglich des Anteils von {name}, mit 95-%-Intervall</translation>
    </message>
    <message>
        <source>McNemar p</source>
        <translation>McNemar-p</translation>
    </message>
    <message>
        <source>p, adjusted</source>
        <translation>p, angepasst</translation>
    </message>
    <message>
        <source>For having looked at all classes (Benjamini and Hochberg)</source>
        <translation>Dafür, dass alle Klassen betrachtet wurden (Benjamini und Hochberg)</translation>
    </message>
    <message numerus="yes">
        <source>{name} against {baseline}: %n class(es) that changed most surely</source>
        <translation>
            <numerusform>{name} gegen {baseline}: die %n Klasse, die sich am sichersten geändert hat</numerusform>
            <numerusform>{name} gegen {baseline}: die %n Klassen, die sich am sichersten geändert haben</numerusform>
        </translation>
    </message>
    <message>
        <source>{name} against {baseline}: all classes</source>
        <translation>{name} gegen {baseline}: alle Klassen</translation>
    </message>
    <message>
        <source>class, the surest first</source>
        <translation>Klasse, die sicherste zuerst</translation>
    </message>
    <message>
        <source>difference (pp)</source>
        <translation>Unterschied (PP)</translation>
    </message>
    <message>
        <source>Sublayers</source>
        <translation>Teilschichten</translation>
    </message>
    <message>
        <source>Attention only</source>
        <translation>Nur Attention</translation>
    </message>
    <message>
        <source>MLP only</source>
        <translation>Nur MLP</translation>
    </message>
    <message>
        <source>Blocks</source>
        <translation>Blöcke</translation>
    </message>
    <message>
        <source>sublayers</source>
        <translation>Teilschichten</translation>
    </message>
    <message>
        <source>Measure the damage</source>
        <translation>Schaden messen</translation>
    </message>
    <message>
        <source>Open sample</source>
        <translation>Beispiel öffnen</translation>
    </message>
    <message>
        <source>Open images…</source>
        <translation>Bilder öffnen…</translation>
    </message>
    <message>
        <source>&amp;Log scale</source>
        <translation>&amp;Logarithmisch</translation>
    </message>
    <message>
        <source>Damage on a logarithmic axis, where all of it is above 0</source>
        <translation>Schaden auf logarithmischer Achse, wo er überall über 0 liegt</translation>
    </message>
    <message>
        <source>Measure again</source>
        <translation>Neu messen</translation>
    </message>
    <message>
        <source>&amp;Predicted by</source>
        <translation>&amp;Vorhersage</translation>
    </message>
    <message>
        <source>Predicted by</source>
        <translation>Vorhersage</translation>
    </message>
    <message>
        <source>&amp;Measured as</source>
        <translation>&amp;Gemessen</translation>
    </message>
    <message>
        <source>Measured as</source>
        <translation>Gemessen</translation>
    </message>
    <message>
        <source>Sites</source>
        <translation>Stellen</translation>
    </message>
    <message>
        <source>The sites that are compared with each other</source>
        <translation>Die Stellen, die miteinander verglichen werden</translation>
    </message>
    <message>
        <source>o&amp;f</source>
        <comment>which sites</comment>
        <translation>v&amp;on</translation>
    </message>
    <message>
        <source>Rank correlations of predicted and measured damage, with 95 % intervals over images</source>
        <translation>Rangkorrelationen von vorhergesagtem und gemessenem Schaden, mit 95-%-Intervallen über die Bilder</translation>
    </message>
    <message>
        <source>Agreement of prediction and measurement</source>
        <translation>Übereinstimmung von Vorhersage und Messung</translation>
    </message>
    <message>
        <source>Measuring…</source>
        <translation>Wird gemessen…</translation>
    </message>
    <message>
        <source>No damage to measure</source>
        <translation>Kein Schaden zu messen</translation>
    </message>
    <message>
        <source>Open images first.</source>
        <translation>Öffnen Sie zuerst Bilder.</translation>
    </message>
    <message>
        <source>Cheap scores come with Analyse.</source>
        <translation>Billige Werte kommen mit Analysieren.</translation>
    </message>
    <message>
        <source>Every site will be a dot here: across, what a cheap score predicts; upwards, what leaving that site alone out does to the model&apos;s outputs. Measuring it runs the model once for each site, about half of it each time, on your images.</source>
        <translation>Jede Stelle wird hier ein Punkt: waagrecht, was ein billiges Maß vorhersagt; senkrecht, was es mit den Ausgaben des Modells macht, allein diese Stelle wegzulassen. Die Messung führt das Modell für jede Stelle einmal aus, jeweils etwa zur Hälfte, auf Ihren Bildern.</translation>
    </message>
    <message>
        <source>Is what looks redundant really not missed?</source>
        <translation>Fehlt wirklich nicht, was redundant aussieht?</translation>
    </message>
    <message>
        <source>No cheap score to compare with yet: press Analyse.</source>
        <translation>Noch kein billiges Maß zum Vergleichen: Drücken Sie Analysieren.</translation>
    </message>
    <message>
        <source>None of the {sites} has both {predicted} and {measured}. Choose others above.</source>
        <translation>Keine der {sites} hat sowohl {predicted} als auch {measured}. Wählen Sie oben anders.</translation>
    </message>
    <message numerus="yes">
        <source>%n site(s): too few to compare two orders.</source>
        <translation>
            <numerusform>%n Stelle: zu wenig, um zwei Reihenfolgen zu vergleichen.</numerusform>
            <numerusform>%n Stellen: zu wenige, um zwei Reihenfolgen zu vergleichen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Comparing the two orders of {count} {sites}…</source>
        <translation>Die zwei Reihenfolgen von {count} {sites} werden verglichen…</translation>
    </message>
    <message>
        <source>{count} {sites}: 1 would be the order of the damage.</source>
        <translation>{count} {sites}: 1 wäre die Reihenfolge des Schadens.</translation>
    </message>
    <message>
        <source>{count} {sites}: ordered rightly more often than wrongly; 1 would be the order of the damage.</source>
        <translation>{count} {sites}: öfter richtig als falsch geordnet; 1 wäre die Reihenfolge des Schadens.</translation>
    </message>
    <message>
        <source>{count} {sites}: ordered wrongly more often than rightly: do not go by this score here.</source>
        <translation>{count} {sites}: öfter falsch als richtig geordnet: Richten Sie sich hier nicht nach diesem Maß.</translation>
    </message>
    <message>
        <source>{count} {sites}: these images do not show whether they are ordered rightly or wrongly.</source>
        <translation>{count} {sites}: Diese Bilder zeigen nicht, ob sie richtig oder falsch geordnet sind.</translation>
    </message>
    <message>
        <source>Documentation</source>
        <translation>Dokumentation</translation>
    </message>
    <message>
        <source>Pages</source>
        <translation>Seiten</translation>
    </message>
    <message>
        <source>Page</source>
        <translation>Seite</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Show report…</source>
        <translation>Bericht zeigen…</translation>
    </message>
    <message>
        <source>All that a bug report should say, to read and to copy</source>
        <translation>Alles, was in einen Fehlerbericht gehört, zum Lesen und Kopieren</translation>
    </message>
    <message>
        <source>Copy details</source>
        <translation>Einzelheiten kopieren</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>What went wrong</source>
        <translation>Was schiefgegangen ist</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Open log folder</source>
        <translation>Protokollordner öffnen</translation>
    </message>
    <message>
        <source>Evaluate</source>
        <translation>Auswerten</translation>
    </message>
    <message>
        <source>Evaluations</source>
        <translation>Auswertungen</translation>
    </message>
    <message>
        <source>A row for each quantity, a column for each evaluation</source>
        <translation>Eine Zeile je Größe, eine Spalte je Auswertung</translation>
    </message>
    <message>
        <source>Quantity of the chart</source>
        <translation>Größe des Diagramms</translation>
    </message>
    <message>
        <source>What the chart below compares</source>
        <translation>Was das Diagramm darunter vergleicht</translation>
    </message>
    <message>
        <source>Compare &amp;by</source>
        <translation>&amp;Vergleichen nach</translation>
    </message>
    <message>
        <source>Copy table</source>
        <translation>Tabelle kopieren</translation>
    </message>
    <message>
        <source>The whole table as tab-separated text</source>
        <translation>Die ganze Tabelle als Text mit Tabulatoren</translation>
    </message>
    <message>
        <source>Nothing to measure yet</source>
        <translation>Noch nichts zu messen</translation>
    </message>
    <message>
        <source>The dense model: not measured yet — press Evaluate</source>
        <translation>Das volle Modell: noch nicht gemessen – drücken Sie Auswerten</translation>
    </message>
    <message>
        <source>This plan ({name}): not measured yet — press Evaluate</source>
        <translation>Dieser Plan ({name}): noch nicht gemessen – drücken Sie Auswerten</translation>
    </message>
    <message>
        <source>Not measured yet</source>
        <translation>Noch nicht gemessen</translation>
    </message>
    <message>
        <source>Evaluate runs this model ({params} parameters) and the dense one on {images}.</source>
        <translation>Auswerten führt dieses Modell ({params} Parameter) und das volle auf {images} aus.</translation>
    </message>
    <message>
        <source>your images, once you open them</source>
        <translation>Ihren Bildern, sobald Sie welche öffnen</translation>
    </message>
    <message>
        <source>From {source}</source>
        <translation>Aus {source}</translation>
    </message>
    <message numerus="yes">
        <source>Dense model: measured on %n image(s) of {folder}</source>
        <translation>
            <numerusform>Volles Modell: gemessen auf %n Bild aus {folder}</numerusform>
            <numerusform>Volles Modell: gemessen auf %n Bildern aus {folder}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>This plan ({name}): measured on %n image(s) of {folder}</source>
        <translation>
            <numerusform>Dieser Plan ({name}): gemessen auf %n Bild aus {folder}</numerusform>
            <numerusform>Dieser Plan ({name}): gemessen auf %n Bildern aus {folder}</numerusform>
        </translation>
    </message>
    <message>
        <source>{measured}, {count} skipped</source>
        <translation>{measured}, {count} übersprungen</translation>
    </message>
    <message>
        <source>Against dense: {verdict}</source>
        <translation>Gegen das volle Modell: {verdict}</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) right before and wrong now, {gained} the other way round</source>
        <translation>
            <numerusform>%n Bild war richtig und ist jetzt falsch, {gained} umgekehrt</numerusform>
            <numerusform>%n Bilder waren richtig und sind jetzt falsch, {gained} umgekehrt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{changed} of %n prediction(s) changed</source>
        <translation>
            <numerusform>{changed} von %n Vorhersage geändert</numerusform>
            <numerusform>{changed} von %n Vorhersagen geändert</numerusform>
        </translation>
    </message>
    <message>
        <source>Repair: fitted to the {target} on {images}</source>
        <translation>Reparatur: angepasst an: {target}, auf {images}</translation>
    </message>
    <message>
        <source>{repair}; explained: {sites}.</source>
        <translation>{repair}; erklärt: {sites}.</translation>
    </message>
    <message numerus="yes">
        <source>{repair}; explained: {least} to {most} over %n site(s), least {worst}.</source>
        <translation>
            <numerusform>{repair}; erklärt: {least} bis {most} über %n Stelle, am wenigsten {worst}.</numerusform>
            <numerusform>{repair}; erklärt: {least} bis {most} über %n Stellen, am wenigsten {worst}.</numerusform>
        </translation>
    </message>
    <message>
        <source>{site} {share} ({repair})</source>
        <translation>{site} {share} ({repair})</translation>
    </message>
    <message>
        <source>{site} {share} ({repair}, class token {own})</source>
        <translation>{site} {share} ({repair}, Klassen-Token {own})</translation>
    </message>
    <message>
        <source>Session whose images are shown</source>
        <translation>Sitzung, deren Bilder gezeigt werden</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>Images whose outcome differs</source>
        <translation>Bilder, deren Ergebnis sich unterscheidet</translation>
    </message>
    <message>
        <source>&amp;Images</source>
        <translation>&amp;Bilder</translation>
    </message>
    <message numerus="yes">
        <source>wrong here alone: %n image(s)</source>
        <translation>
            <numerusform>nur hier falsch: %n Bild</numerusform>
            <numerusform>nur hier falsch: %n Bilder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>right here alone: %n image(s)</source>
        <translation>
            <numerusform>nur hier richtig: %n Bild</numerusform>
            <numerusform>nur hier richtig: %n Bilder</numerusform>
        </translation>
    </message>
    <message>
        <source>On the same images: what the baseline and this session say of those that only one has right.</source>
        <translation>Auf denselben Bildern: was der Bezug und diese Sitzung über die sagen, die nur einer von beiden richtig hat.</translation>
    </message>
    <message>
        <source>The images are not on this machine ({folder}): of those without a picture in a session only the name is shown.</source>
        <translation>Die Bilder sind nicht auf diesem Rechner ({folder}): Von denen, die keine Sitzung als Vorschaubild hat, wird nur der Name gezeigt.</translation>
    </message>
    <message>
        <source>Some are not in {folder} any more, or cannot be shown.</source>
        <translation>Manche sind nicht mehr in {folder} oder lassen sich nicht zeigen.</translation>
    </message>
    <message>
        <source>Pictures as they are in {folder} now.</source>
        <translation>Bilder, wie sie jetzt in {folder} sind.</translation>
    </message>
    <message>
        <source>{number}st</source>
        <translation>{number}.</translation>
    </message>
    <message>
        <source>{number}nd</source>
        <translation>{number}.</translation>
    </message>
    <message>
        <source>{number}rd</source>
        <translation>{number}.</translation>
    </message>
    <message>
        <source>{number}th</source>
        <translation>{number}.</translation>
    </message>
    <message>
        <source>1 = redundant</source>
        <translation>1 = redundant</translation>
    </message>
    <message>
        <source>0 = redundant</source>
        <translation>0 = redundant</translation>
    </message>
    <message>
        <source>{metric}, {tokens}</source>
        <translation>{metric}, {tokens}</translation>
    </message>
    <message>
        <source>over {tokens}</source>
        <translation>über {tokens}</translation>
    </message>
    <message>
        <source>{heads} and {neurons} gone</source>
        <translation>{heads} und {neurons} entfernt</translation>
    </message>
    <message numerus="yes">
        <source>%n neuron(s)</source>
        <translation>
            <numerusform>%n Neuron</numerusform>
            <numerusform>%n Neuronen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n head(s) gone</source>
        <translation>
            <numerusform>%n Kopf entfernt</numerusform>
            <numerusform>%n Köpfe entfernt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n neuron(s) gone</source>
        <translation>
            <numerusform>%n Neuron entfernt</numerusform>
            <numerusform>%n Neuronen entfernt</numerusform>
        </translation>
    </message>
    <message>
        <source>{gone} of {units} heads gone</source>
        <translation>{gone} von {units} Köpfen entfernt</translation>
    </message>
    <message>
        <source>{gone} of {units} neurons gone</source>
        <translation>{gone} von {units} Neuronen entfernt</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n Bild</numerusform>
            <numerusform>%n Bilder</numerusform>
        </translation>
    </message>
    <message>
        <source>Dense</source>
        <translation>Volles Modell</translation>
    </message>
    <message>
        <source>{count} removed, {units} units</source>
        <translation>{count} entfernt, {units} Einheiten</translation>
    </message>
    <message>
        <source>{count} removed</source>
        <translation>{count} entfernt</translation>
    </message>
    <message>
        <source>by hand</source>
        <translation>von Hand</translation>
    </message>
    <message>
        <source>images/s</source>
        <translation>Bilder/s</translation>
    </message>
    <message>
        <source>Quality</source>
        <translation>Güte</translation>
    </message>
    <message>
        <source>Cost</source>
        <translation>Kosten</translation>
    </message>
    <message>
        <source>Methods shown</source>
        <translation>Gezeigte Verfahren</translation>
    </message>
    <message>
        <source>&amp;Ceiling</source>
        <translation>&amp;Obergrenze</translation>
    </message>
    <message>
        <source>Mark the best plan that costs no more. The line can be dragged.</source>
        <translation>Den besten Plan markieren, der nicht mehr kostet. Die Linie lässt sich ziehen.</translation>
    </message>
    <message>
        <source>Ceiling of the cost</source>
        <translation>Obergrenze der Kosten</translation>
    </message>
    <message>
        <source>&amp;Quality</source>
        <translation>&amp;Güte</translation>
    </message>
    <message>
        <source>a&amp;gainst</source>
        <translation>g&amp;egen</translation>
    </message>
    <message>
        <source>Points of the chart</source>
        <translation>Punkte des Diagramms</translation>
    </message>
    <message>
        <source>Nothing measured yet</source>
        <translation>Noch nichts gemessen</translation>
    </message>
    <message>
        <source>Each measured plan becomes a point of quality against cost, with its intervals; those that no other plan outdoes are joined by a line.</source>
        <translation>Jeder gemessene Plan wird ein Punkt aus Güte und Kosten, mit seinen Intervallen; die, die kein anderer übertrifft, verbindet eine Linie.</translation>
    </message>
    <message>
        <source>Evaluate measures the present plan.</source>
        <translation>Auswerten misst den gegenwärtigen Plan.</translation>
    </message>
    <message>
        <source>all methods</source>
        <translation>alle Verfahren</translation>
    </message>
    <message>
        <source>{cost} ({unit}, more is better)</source>
        <translation>{cost} ({unit}, mehr ist besser)</translation>
    </message>
    <message>
        <source>{cost} ({unit}, less is better)</source>
        <translation>{cost} ({unit}, weniger ist besser)</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>With its 95 % interval</source>
        <translation>Mit 95-%-Intervall</translation>
    </message>
    <message>
        <source>Median with quartiles</source>
        <translation>Median mit Quartilen</translation>
    </message>
    <message>
        <source>Whether no other plan is as cheap and as good, and better in one of the two</source>
        <translation>Ob kein anderer Plan so billig und so gut ist und in einem von beiden besser</translation>
    </message>
    <message>
        <source>outdone</source>
        <translation>übertroffen</translation>
    </message>
    <message>
        <source>on it</source>
        <translation>darauf</translation>
    </message>
    <message>
        <source>Timed with {conditions}.</source>
        <translation>Zeit gemessen mit {conditions}.</translation>
    </message>
    <message numerus="yes">
        <source>%n evaluation(s) without such a timing not shown.</source>
        <translation>
            <numerusform>%n Auswertung ohne eine solche Zeitmessung nicht gezeigt.</numerusform>
            <numerusform>%n Auswertungen ohne eine solche Zeitmessung nicht gezeigt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n evaluation(s) on other images not shown.</source>
        <translation>
            <numerusform>%n Auswertung auf anderen Bildern nicht gezeigt.</numerusform>
            <numerusform>%n Auswertungen auf anderen Bildern nicht gezeigt.</numerusform>
        </translation>
    </message>
    <message>
        <source>Timed under other conditions than the dense model, to be faster than their MACs allow: {plans}. Evaluate them again to compare times.</source>
        <translation>Unter anderen Bedingungen gemessen als das volle Modell, sodass sie schneller sind, als ihre MACs erlauben: {plans}. Werten Sie sie noch einmal aus, um Zeiten zu vergleichen.</translation>
    </message>
    <message>
        <source>faster than that: timed under other conditions than the dense model</source>
        <translation>schneller als das: unter anderen Bedingungen gemessen als das volle Modell</translation>
    </message>
    <message>
        <source>At &amp;least</source>
        <translation>&amp;Mindestens</translation>
    </message>
    <message>
        <source>Nothing is measured that has both.</source>
        <translation>Nichts Gemessenes hat beides.</translation>
    </message>
    <message>
        <source>at least {limit}</source>
        <translation>mindestens {limit}</translation>
    </message>
    <message>
        <source>at most {limit}</source>
        <translation>höchstens {limit}</translation>
    </message>
    <message>
        <source>No measured plan is {within}.</source>
        <translation>Kein gemessener Plan hat {within}.</translation>
    </message>
    <message>
        <source>{plan} (this plan)</source>
        <translation>{plan} (dieser Plan)</translation>
    </message>
    <message>
        <source>the dense model</source>
        <translation>das volle Modell</translation>
    </message>
    <message>
        <source>Best {quality} with {within}: {plan}, {value} at {cost}.</source>
        <translation>Beste {quality} mit {within}: {plan}, {value} bei {cost}.</translation>
    </message>
    <message>
        <source>Best {quality} with {within}: {plan}, {value} at {cost}, {speed} as fast as dense.</source>
        <translation>Beste {quality} mit {within}: {plan}, {value} bei {cost}, {speed}-mal so schnell wie das volle Modell.</translation>
    </message>
    <message>
        <source>Best {quality} with {within}: {plan}, {value} at {cost}, {share} of dense.</source>
        <translation>Beste {quality} mit {within}: {plan}, {value} bei {cost}, {share} des vollen Modells.</translation>
    </message>
    <message>
        <source>Load {plan}</source>
        <translation>{plan} laden</translation>
    </message>
    <message>
        <source>{quantity} (not measured)</source>
        <translation>{quantity} (nicht gemessen)</translation>
    </message>
    <message>
        <source>{plan}, by {methods}</source>
        <translation>{plan}, mit {methods}</translation>
    </message>
    <message>
        <source>several</source>
        <translation>mehrere</translation>
    </message>
    <message>
        <source>repair: {repair}, fitted to the {target}</source>
        <translation>Reparatur: {repair}, angepasst an: {target}</translation>
    </message>
    <message>
        <source>{measure}: {value}, 95 % interval, n = {n}</source>
        <translation>{measure}: {value}, 95-%-Intervall, n = {n}</translation>
    </message>
    <message>
        <source>{cost}: {value}, quartiles</source>
        <translation>{cost}: {value}, Quartile</translation>
    </message>
    <message>
        <source>{cost}: {value}</source>
        <translation>{cost}: {value}</translation>
    </message>
    <message>
        <source>its MACs allow at most {bound}</source>
        <translation>die MACs erlauben höchstens {bound}</translation>
    </message>
    <message>
        <source>its MACs allow at least {bound}</source>
        <translation>die MACs erlauben mindestens {bound}</translation>
    </message>
    <message>
        <source>{share} of what could be saved is saved</source>
        <translation>{share} dessen, was zu sparen wäre, ist gespart</translation>
    </message>
    <message>
        <source>another plan is no dearer and no worse</source>
        <translation>ein anderer Plan ist nicht teurer und nicht schlechter</translation>
    </message>
    <message>
        <source>click to load this plan</source>
        <translation>klicken lädt diesen Plan</translation>
    </message>
    <message>
        <source>Several</source>
        <translation>Mehrere</translation>
    </message>
    <message>
        <source>{value} ms</source>
        <translation>{value} ms</translation>
    </message>
    <message>
        <source>{value} images/s</source>
        <translation>{value} Bilder/s</translation>
    </message>
    <message>
        <source>Guided &amp;tour</source>
        <translation>&amp;Rundgang</translation>
    </message>
    <message>
        <source>Ten steps through the window, on the sample</source>
        <translation>In zehn Schritten durch das Fenster, am Beispiel</translation>
    </message>
    <message>
        <source>tutorial introduction first steps learn</source>
        <comment>words to find it by</comment>
        <translation>Anleitung Einführung erste Schritte lernen</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>&amp;Dokumentation</translation>
    </message>
    <message>
        <source>What the figures mean, methods, formats</source>
        <translation>Was die Zahlen bedeuten, Verfahren, Formate</translation>
    </message>
    <message>
        <source>manual handbook help docs</source>
        <comment>words to find it by</comment>
        <translation>Handbuch Hilfe Anleitung Doku</translation>
    </message>
    <message>
        <source>&amp;Welcome page</source>
        <translation>&amp;Willkommensseite</translation>
    </message>
    <message>
        <source>The page of the first start</source>
        <translation>Die Seite des ersten Starts</translation>
    </message>
    <message>
        <source>start home first recent</source>
        <comment>words to find it by</comment>
        <translation>Start Anfang zuerst zuletzt</translation>
    </message>
    <message>
        <source>The documentation was not installed.</source>
        <translation>Die Dokumentation ist nicht installiert.</translation>
    </message>
    <message>
        <source>&amp;Keyboard shortcuts</source>
        <translation>&amp;Tastenkürzel</translation>
    </message>
    <message>
        <source>Every key, to read or to print</source>
        <translation>Jede Taste, zum Lesen oder Drucken</translation>
    </message>
    <message>
        <source>keys keyboard bindings hotkeys cheat sheet help</source>
        <comment>words to find it by</comment>
        <translation>Tasten Tastatur Kürzel Hotkeys Übersicht Hilfe</translation>
    </message>
    <message>
        <source>&amp;System information</source>
        <translation>&amp;Systeminformationen</translation>
    </message>
    <message>
        <source>Versions and machine, to copy</source>
        <translation>Versionen und Rechner, zum Kopieren</translation>
    </message>
    <message>
        <source>version bug report device gpu</source>
        <comment>words to find it by</comment>
        <translation>Version Fehlerbericht Gerät GPU</translation>
    </message>
    <message>
        <source>Open &amp;log folder</source>
        <translation>&amp;Protokollordner öffnen</translation>
    </message>
    <message>
        <source>Where the log files are</source>
        <translation>Wo die Protokolldateien sind</translation>
    </message>
    <message>
        <source>bug report debug</source>
        <comment>words to find it by</comment>
        <translation>Fehlerbericht Debug Log</translation>
    </message>
    <message>
        <source>&amp;About ViTPrune</source>
        <translation>Ü&amp;ber ViTPrune</translation>
    </message>
    <message>
        <source>What this is</source>
        <translation>Was das ist</translation>
    </message>
    <message>
        <source>version licence license</source>
        <comment>words to find it by</comment>
        <translation>Version Lizenz</translation>
    </message>
    <message>
        <source>About ViTPrune</source>
        <translation>Über ViTPrune</translation>
    </message>
    <message>
        <source>See which layers of a vision transformer are redundant, prune them, and measure what is lost and gained.
Apache-2.0 licence. Models come from timm and keep their own licences.</source>
        <translation>Sehen Sie, welche Schichten eines Vision Transformers redundant sind, entfernen Sie sie und messen Sie, was verloren und gewonnen ist.
Apache-2.0-Lizenz. Modelle kommen von timm und behalten ihre eigenen Lizenzen.</translation>
    </message>
    <message>
        <source>What a bug report should say:</source>
        <translation>Was in einen Fehlerbericht gehört:</translation>
    </message>
    <message>
        <source>System information</source>
        <translation>Systeminformationen</translation>
    </message>
    <message>
        <source>read by the head</source>
        <translation>vom Kopf gelesen</translation>
    </message>
    <message>
        <source>Nothing to inspect</source>
        <translation>Nichts zu untersuchen</translation>
    </message>
    <message>
        <source>Open a model; what is known of it, or of a site, appears here.</source>
        <translation>Öffnen Sie ein Modell; was von ihm oder von einer Stelle bekannt ist, erscheint hier.</translation>
    </message>
    <message>
        <source>Scores</source>
        <translation>Werte</translation>
    </message>
    <message>
        <source>No scores yet. Press Analyse to measure this site.</source>
        <translation>Noch keine Werte. Analysieren misst diese Stelle.</translation>
    </message>
    <message>
        <source>Repairs</source>
        <translation>Reparaturen</translation>
    </message>
    <message>
        <source>Repairs that were tried</source>
        <translation>Erprobte Reparaturen</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>Art</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Teil</translation>
    </message>
    <message>
        <source>Depth</source>
        <translation>Tiefe</translation>
    </message>
    <message>
        <source>Release it first.</source>
        <translation>Geben Sie sie zuerst frei.</translation>
    </message>
    <message>
        <source>{params} parameters, {macs} MACs ({share})</source>
        <translation>{params} Parameter, {macs} MACs ({share})</translation>
    </message>
    <message>
        <source>What each costs, beside the site itself.</source>
        <translation>Was jede kostet, neben der Stelle selbst.</translation>
    </message>
    <message>
        <source>The share of what the site adds that each makes good, on images that it was not fitted to, with its 95 % interval; and what it costs, beside the site itself.</source>
        <translation>Welchen Anteil dessen, was die Stelle hinzufügt, jede wettmacht, auf Bildern, an die sie nicht angepasst wurde, mit 95-%-Intervall; und was sie kostet, neben der Stelle selbst.</translation>
    </message>
    <message>
        <source>What each costs, beside the site itself. Measure the damage to find out what it makes good.</source>
        <translation>Was jede kostet, neben der Stelle selbst. Messen Sie den Schaden, um zu erfahren, was sie wettmacht.</translation>
    </message>
    <message>
        <source>{repair} (chosen)</source>
        <translation>{repair} (gewählt)</translation>
    </message>
    <message>
        <source>{damage}, {macs} MACs, {p}</source>
        <translation>{damage}, {macs} MACs, {p}</translation>
    </message>
    <message>
        <source>The damage that each leaves, with its 95 % interval, while the sites before it are repaired as chosen; and how likely so large a difference from the best one is by chance (p). The cheapest one with p above 0.05 was chosen.</source>
        <translation>Der Schaden, den jede lässt, mit 95-%-Intervall, während die Stellen davor wie gewählt repariert sind; und wie wahrscheinlich ein so großer Unterschied zur besten zufällig ist (p). Gewählt ist die billigste mit p über 0.05.</translation>
    </message>
    <message>
        <source>Other scores</source>
        <translation>Andere Werte</translation>
    </message>
    <message>
        <source>Measured without it</source>
        <translation>Gemessen ohne sie</translation>
    </message>
    <message>
        <source>In brackets: the first and last place that 95 % of the resamples of the images give it</source>
        <translation>In Klammern: der erste und der letzte Platz, den 95 % der neu gezogenen Stichproben der Bilder ihr geben</translation>
    </message>
    <message>
        <source>{metric} over</source>
        <translation>{metric} über</translation>
    </message>
    <message numerus="yes">
        <source>95 % interval over %n image(s)</source>
        <translation>
            <numerusform>95-%-Intervall über %n Bild</numerusform>
            <numerusform>95-%-Intervall über %n Bilder</numerusform>
        </translation>
    </message>
    <message>
        <source>not finite</source>
        <translation>nicht endlich</translation>
    </message>
    <message>
        <source>most redundant of {total} {sites}</source>
        <translation>1. Platz ({total} {sites})</translation>
    </message>
    <message>
        <source>{place} most redundant of {total} {sites}</source>
        <translation>{place} Platz ({total} {sites})</translation>
    </message>
    <message>
        <source>p &lt; 0.001</source>
        <translation>p &lt; 0.001</translation>
    </message>
    <message>
        <source>p = {p}</source>
        <translation>p = {p}</translation>
    </message>
    <message>
        <source>{metric}: not measured at this site. It changes the shape of the stream.</source>
        <translation>{metric}: an dieser Stelle nicht gemessen. Sie ändert die Form des Stroms.</translation>
    </message>
    <message>
        <source>{metric}: not measured at this site.</source>
        <translation>{metric}: an dieser Stelle nicht gemessen.</translation>
    </message>
    <message>
        <source>Images to analyse</source>
        <translation>Bilder zum Analysieren</translation>
    </message>
    <message>
        <source>Images to evaluate</source>
        <translation>Bilder zum Auswerten</translation>
    </message>
    <message>
        <source>{macs} for one image</source>
        <translation>{macs} für ein Bild</translation>
    </message>
    <message numerus="yes">
        <source>{size} px, %n channel(s)</source>
        <translation>
            <numerusform>{size} px, %n Kanal</numerusform>
            <numerusform>{size} px, %n Kanäle</numerusform>
        </translation>
    </message>
    <message>
        <source>none: features only</source>
        <translation>keine: nur Merkmale</translation>
    </message>
    <message>
        <source>Opened from</source>
        <translation>Geöffnet aus</translation>
    </message>
    <message>
        <source>not stated</source>
        <translation>nicht angegeben</translation>
    </message>
    <message>
        <source>One attention head</source>
        <translation>Ein Attention-Kopf</translation>
    </message>
    <message>
        <source>Attention lets tokens look at each other. Click a patch: its token asks a question, the query, and the map shows which patches this head takes the answer from.</source>
        <translation>Durch Attention sehen Tokens einander an. Klicken Sie auf einen Patch: Sein Token stellt eine Frage, die Anfrage (Query), und die Karte zeigt, aus welchen Patches dieser Kopf die Antwort nimmt.</translation>
    </message>
    <message>
        <source>Every key gets a score for the query. Softmax turns the scores into weights, which add up to 1. What a key then adds is its weight times the length of its value. Click in the image for another query, in a map for a key.</source>
        <translation>Jeder Schlüssel (Key) bekommt eine Bewertung für die Anfrage. Softmax macht aus den Bewertungen Gewichte, die sich zu 1 summieren. Was ein Schlüssel dann hinzufügt, ist sein Gewicht mal die Länge seines Werts (Value). Klicken Sie im Bild für eine andere Anfrage, in einer Karte für einen Schlüssel.</translation>
    </message>
    <message>
        <source>The numbers of the framed query and of one key: click in the map, or on a bar, for another.</source>
        <translation>Die Zahlen der umrahmten Anfrage und eines Schlüssels: Klicken Sie in der Karte oder auf einen Balken für einen anderen.</translation>
    </message>
    <message>
        <source>Query</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Which token asks: a patch, or one of the tokens before them</source>
        <translation>Welches Token fragt: ein Patch oder eines der Tokens davor</translation>
    </message>
    <message>
        <source>&amp;Query</source>
        <translation>&amp;Anfrage</translation>
    </message>
    <message>
        <source>It has no attention layer, or all are removed.</source>
        <translation>Es hat keine Attention-Schicht, oder alle sind entfernt.</translation>
    </message>
    <message>
        <source>1  Scores</source>
        <translation>1  Bewertungen</translation>
    </message>
    <message>
        <source>Weights</source>
        <translation>Gewichte</translation>
    </message>
    <message>
        <source>Top keys</source>
        <translation>Schlüssel</translation>
    </message>
    <message>
        <source>Where it looks</source>
        <translation>Wohin er sieht</translation>
    </message>
    <message>
        <source>a patch</source>
        <translation>ein Patch</translation>
    </message>
    <message>
        <source>Weight</source>
        <translation>Gewicht</translation>
    </message>
    <message>
        <source>Effect</source>
        <translation>Wirkung</translation>
    </message>
    <message>
        <source>{token}: {value}</source>
        <translation>{token}: {value}</translation>
    </message>
    <message>
        <source>crossed out: another window</source>
        <translation>durchgestrichen: anderes Fenster</translation>
    </message>
    <message>
        <source>2  Weights</source>
        <translation>2  Gewichte</translation>
    </message>
    <message>
        <source>3  Effect</source>
        <translation>3  Wirkung</translation>
    </message>
    <message>
        <source>Score</source>
        <comment>of a key for a query</comment>
        <translation>Bewertung</translation>
    </message>
    <message numerus="yes">
        <source>%n other(s): {weight}</source>
        <translation>
            <numerusform>%n anderer: {weight}</numerusform>
            <numerusform>%n andere: {weight}</numerusform>
        </translation>
    </message>
    <message>
        <source>Row, column</source>
        <translation>Zeile, Spalte</translation>
    </message>
    <message>
        <source>Key: {token}</source>
        <translation>Schlüssel: {token}</translation>
    </message>
    <message>
        <source>In another window: score −∞, weight 0</source>
        <translation>In einem anderen Fenster: Bewertung −∞, Gewicht 0</translation>
    </message>
    <message>
        <source>Score {score}, weight {weight}, effect {effect}</source>
        <translation>Bewertung {score}, Gewicht {weight}, Wirkung {effect}</translation>
    </message>
    <message>
        <source>Ask as the patch in row {row}, column {column}</source>
        <translation>Als Patch in Zeile {row}, Spalte {column} fragen</translation>
    </message>
    <message>
        <source>Query: {token}.</source>
        <translation>Anfrage: {token}.</translation>
    </message>
    <message>
        <source>{share} of its weight goes to patches, {rest} to the tokens before them.</source>
        <translation>{share} ihres Gewichts gehen an Patches, {rest} an die Tokens davor.</translation>
    </message>
    <message numerus="yes">
        <source>%n key(s) lie in other windows, which it cannot see.</source>
        <translation>
            <numerusform>%n Schlüssel liegt in einem anderen Fenster, das sie nicht sieht.</numerusform>
            <numerusform>%n Schlüssel liegen in anderen Fenstern, die sie nicht sieht.</numerusform>
        </translation>
    </message>
    <message>
        <source>The framed key, {token}, has {share}.</source>
        <translation>Der umrahmte Schlüssel, {token}, hat {share}.</translation>
    </message>
    <message>
        <source>Most of it, {share}, goes to: {token}.</source>
        <translation>Das meiste davon, {share}, geht an: {token}.</translation>
    </message>
    <message>
        <source>i is the query ({query}), j the key ({key}).</source>
        <translation>i ist die Anfrage ({query}), j der Schlüssel ({key}).</translation>
    </message>
    <message>
        <source>s&lt;sub&gt;ij&lt;/sub&gt; = −∞: j lies in another window than i, so its weight is e&lt;sup&gt;−∞&lt;/sup&gt; = 0.</source>
        <translation>s&lt;sub&gt;ij&lt;/sub&gt; = −∞: j liegt in einem anderen Fenster als i, also ist sein Gewicht e&lt;sup&gt;−∞&lt;/sup&gt; = 0.</translation>
    </message>
    <message>
        <source>q&lt;sub&gt;i&lt;/sub&gt;·k&lt;sub&gt;j&lt;/sub&gt; = {terms} + … = &lt;b&gt;{product}&lt;/b&gt; &amp;nbsp;({n} products)</source>
        <translation>q&lt;sub&gt;i&lt;/sub&gt;·k&lt;sub&gt;j&lt;/sub&gt; = {terms} + … = &lt;b&gt;{product}&lt;/b&gt; &amp;nbsp;({n} Produkte)</translation>
    </message>
    <message>
        <source>score s&lt;sub&gt;ij&lt;/sub&gt; = q&lt;sub&gt;i&lt;/sub&gt;·k&lt;sub&gt;j&lt;/sub&gt; {scale} = {product} {by} = &lt;b&gt;{score}&lt;/b&gt;</source>
        <translation>Bewertung s&lt;sub&gt;ij&lt;/sub&gt; = q&lt;sub&gt;i&lt;/sub&gt;·k&lt;sub&gt;j&lt;/sub&gt; {scale} = {product} {by} = &lt;b&gt;{score}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>· scale</source>
        <translation>· Skalierung</translation>
    </message>
    <message>
        <source>score s&lt;sub&gt;ij&lt;/sub&gt; = {product} {by} + ({added}) = &lt;b&gt;{score}&lt;/b&gt; &amp;nbsp;(the model adds the latter)</source>
        <translation>Bewertung s&lt;sub&gt;ij&lt;/sub&gt; = {product} {by} + ({added}) = &lt;b&gt;{score}&lt;/b&gt; &amp;nbsp;(Letzteres addiert das Modell)</translation>
    </message>
    <message>
        <source> − {largest}</source>
        <translation> − {largest}</translation>
    </message>
    <message>
        <source>weight a&lt;sub&gt;ij&lt;/sub&gt; = e&lt;sup&gt;s&lt;sub&gt;ij&lt;/sub&gt;&lt;/sup&gt; / Σ&lt;sub&gt;j′&lt;/sub&gt; e&lt;sup&gt;s&lt;sub&gt;ij′&lt;/sub&gt;&lt;/sup&gt; = e&lt;sup&gt;{score}&lt;/sup&gt; / Σ of {n} = {part} / {whole} = &lt;b&gt;{weight}&lt;/b&gt;</source>
        <translation>Gewicht a&lt;sub&gt;ij&lt;/sub&gt; = e&lt;sup&gt;s&lt;sub&gt;ij&lt;/sub&gt;&lt;/sup&gt; / Σ&lt;sub&gt;j′&lt;/sub&gt; e&lt;sup&gt;s&lt;sub&gt;ij′&lt;/sub&gt;&lt;/sup&gt; = e&lt;sup&gt;{score}&lt;/sup&gt; / Σ über {n} = {part} / {whole} = &lt;b&gt;{weight}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>(all scores less the largest one: the quotient stays the same)</source>
        <translation>(alle Bewertungen minus die größte: Der Quotient bleibt derselbe)</translation>
    </message>
    <message>
        <source>Then the model mixes its heads, and the weight becomes &lt;b&gt;{weight}&lt;/b&gt;.</source>
        <translation>Dann mischt das Modell seine Köpfe, und das Gewicht wird &lt;b&gt;{weight}&lt;/b&gt;.</translation>
    </message>
    <message>
        <source>Its window reaches beyond the image; with what lies there the weight is &lt;b&gt;{weight}&lt;/b&gt;.</source>
        <translation>Das Fenster reicht über das Bild hinaus; mit dem, was dort liegt, ist das Gewicht &lt;b&gt;{weight}&lt;/b&gt;.</translation>
    </message>
    <message>
        <source>effect = a&lt;sub&gt;ij&lt;/sub&gt; · ‖W v&lt;sub&gt;j&lt;/sub&gt;‖ = {weight} · {length} = &lt;b&gt;{effect}&lt;/b&gt; &amp;nbsp;‖v&lt;sub&gt;j&lt;/sub&gt;‖ = {norm}</source>
        <translation>Wirkung = a&lt;sub&gt;ij&lt;/sub&gt; · ‖W v&lt;sub&gt;j&lt;/sub&gt;‖ = {weight} · {length} = &lt;b&gt;{effect}&lt;/b&gt; &amp;nbsp;‖v&lt;sub&gt;j&lt;/sub&gt;‖ = {norm}</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>nicht bekannt</translation>
    </message>
    <message>
        <source>None yet. Open a folder of images to find redundancy with.</source>
        <translation>Noch keine. Öffnen Sie einen Ordner mit Bildern, um nach Redundanz zu suchen.</translation>
    </message>
    <message>
        <source>The same. Choose others, with labels, to measure what a plan does to images it was not made from.</source>
        <translation>Dieselben. Wählen Sie andere, mit Beschriftung, um zu messen, was ein Plan mit Bildern macht, aus denen er nicht entstanden ist.</translation>
    </message>
    <message>
        <source>None yet. Open a folder of images first.</source>
        <translation>Noch keine. Öffnen Sie zuerst einen Ordner mit Bildern.</translation>
    </message>
    <message>
        <source>Skipped images</source>
        <translation>Übersprungene Bilder</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>Ordner</translation>
    </message>
    <message>
        <source>no labels</source>
        <translation>ohne Beschriftung</translation>
    </message>
    <message>
        <source>Skipped</source>
        <translation>Übersprungen</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message numerus="yes">
        <source>%n part(s), none of which can go</source>
        <translation>
            <numerusform>%n Teil, der nicht entfallen kann</numerusform>
            <numerusform>%n Teile, von denen keiner entfallen kann</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them fixed</source>
        <translation>
            <numerusform>%n davon fest</numerusform>
            <numerusform>%n davon fest</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n block(s)</source>
        <translation>
            <numerusform>%n Block</numerusform>
            <numerusform>%n Blöcke</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n attention layer(s)</source>
        <translation>
            <numerusform>%n Attention-Schicht</numerusform>
            <numerusform>%n Attention-Schichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n MLP layer(s)</source>
        <translation>
            <numerusform>%n MLP-Schicht</numerusform>
            <numerusform>%n MLP-Schichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n convolution(s)</source>
        <translation>
            <numerusform>%n Faltung</numerusform>
            <numerusform>%n Faltungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n head(s)</source>
        <translation>
            <numerusform>%n Kopf</numerusform>
            <numerusform>%n Köpfe</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n repair(s)</source>
        <translation>
            <numerusform>%n Reparatur</numerusform>
            <numerusform>%n Reparaturen</numerusform>
        </translation>
    </message>
    <message>
        <source>Kept plans</source>
        <translation>Behaltene Pläne</translation>
    </message>
    <message>
        <source>Enter uses a plan, F2 renames it, Delete forgets it</source>
        <translation>Eingabe verwendet einen Plan, F2 benennt ihn um, Entf vergisst ihn</translation>
    </message>
    <message>
        <source>No plan is kept. Keep one to come back to it, or to compare it with another.</source>
        <translation>Kein Plan ist behalten. Behalten Sie einen, um zu ihm zurückzukehren oder ihn mit einem anderen zu vergleichen.</translation>
    </message>
    <message>
        <source>Keep</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Put the present plan aside under a name</source>
        <translation>Den gegenwärtigen Plan unter einem Namen zur Seite legen</translation>
    </message>
    <message>
        <source>Use</source>
        <translation>Verwenden</translation>
    </message>
    <message>
        <source>Put the marked plan in place of the present one</source>
        <translation>Den markierten Plan an die Stelle des gegenwärtigen setzen</translation>
    </message>
    <message>
        <source>Compare…</source>
        <translation>Vergleichen…</translation>
    </message>
    <message>
        <source>What two plans have in common, and what tells them apart</source>
        <translation>Was zwei Pläne gemeinsam haben und was sie unterscheidet</translation>
    </message>
    <message>
        <source>Models</source>
        <translation>Modelle</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>Architektur</translation>
    </message>
    <message>
        <source>Inspector</source>
        <translation>Inspektor</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>&amp;Focus mode</source>
        <translation>&amp;Ruhige Ansicht</translation>
    </message>
    <message>
        <source>Hide every panel, or bring them back</source>
        <translation>Alle Bereiche ausblenden oder zurückholen</translation>
    </message>
    <message>
        <source>zen distraction hide panels docks maximise</source>
        <comment>words to find it by</comment>
        <translation>zen Ablenkung ausblenden Bereiche maximieren Fokus</translation>
    </message>
    <message>
        <source>&amp;Lock layout</source>
        <translation>Anordnung &amp;sperren</translation>
    </message>
    <message>
        <source>Panels can be neither moved nor closed by their title</source>
        <translation>Bereiche lassen sich nicht mehr verschieben oder an ihrem Titel schließen</translation>
    </message>
    <message>
        <source>panels docks fix pin</source>
        <comment>words to find it by</comment>
        <translation>Bereiche Docks festhalten sperren</translation>
    </message>
    <message>
        <source>&amp;Reset layout</source>
        <translation>Anordnung &amp;zurücksetzen</translation>
    </message>
    <message>
        <source>Put every panel back where it was</source>
        <translation>Jeden Bereich dorthin zurück, wo er war</translation>
    </message>
    <message>
        <source>panels docks default restore window</source>
        <comment>words to find it by</comment>
        <translation>Bereiche Docks Standard wiederherstellen Fenster</translation>
    </message>
    <message>
        <source>Show, raise or hide the panel {name}</source>
        <translation>Den Bereich {name} zeigen, nach vorn holen oder ausblenden</translation>
    </message>
    <message>
        <source>show hide dock pane</source>
        <comment>words to find it by</comment>
        <translation>zeigen ausblenden Bereich Dock</translation>
    </message>
    <message>
        <source>Saved sessions have the window to themselves.</source>
        <translation>Gespeicherte Sitzungen haben das Fenster für sich.</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>Vergleichen</translation>
    </message>
    <message>
        <source>Messages appear here.</source>
        <translation>Hier erscheinen Meldungen.</translation>
    </message>
    <message>
        <source>Follow the &amp;system</source>
        <translation>Wie das &amp;System</translation>
    </message>
    <message>
        <source>&amp;Light</source>
        <translation>&amp;Hell</translation>
    </message>
    <message>
        <source>&amp;Dark</source>
        <translation>&amp;Dunkel</translation>
    </message>
    <message>
        <source>&amp;Browse and compare sessions…</source>
        <translation>Sitzungen &amp;durchsehen und vergleichen…</translation>
    </message>
    <message>
        <source>List the sessions of a folder, and compare some</source>
        <translation>Die Sitzungen eines Ordners auflisten und einige vergleichen</translation>
    </message>
    <message>
        <source>saved results table side by side</source>
        <comment>words to find it by</comment>
        <translation>gespeichert Ergebnisse Tabelle nebeneinander</translation>
    </message>
    <message>
        <source>← &amp;Back</source>
        <translation>← &amp;Zurück</translation>
    </message>
    <message>
        <source>Back to what was on show before</source>
        <translation>Zurück zu dem, was vorher zu sehen war</translation>
    </message>
    <message>
        <source>leave close sessions model</source>
        <comment>words to find it by</comment>
        <translation>verlassen schließen Sitzungen Modell</translation>
    </message>
    <message>
        <source>&amp;Clear</source>
        <translation>&amp;Leeren</translation>
    </message>
    <message>
        <source>Forget what was opened</source>
        <translation>Vergessen, was geöffnet war</translation>
    </message>
    <message>
        <source>history forget recent</source>
        <comment>words to find it by</comment>
        <translation>Verlauf vergessen zuletzt</translation>
    </message>
    <message>
        <source>&amp;Unsaved work…</source>
        <translation>Nicht &amp;gesicherte Arbeit…</translation>
    </message>
    <message>
        <source>Show what was kept of earlier windows</source>
        <translation>Zeigen, was von früheren Fenstern behalten ist</translation>
    </message>
    <message>
        <source>recover restore crash autosave</source>
        <comment>words to find it by</comment>
        <translation>wiederherstellen Absturz automatisch gesichert</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Beende&amp;n</translation>
    </message>
    <message>
        <source>Leave ViTPrune</source>
        <translation>ViTPrune verlassen</translation>
    </message>
    <message>
        <source>exit close leave</source>
        <comment>words to find it by</comment>
        <translation>beenden schließen verlassen</translation>
    </message>
    <message>
        <source>&amp;Free and exact rewrites…</source>
        <translation>&amp;Kostenlose, exakte Umformungen…</translation>
    </message>
    <message>
        <source>What makes the model smaller and keeps its logits</source>
        <translation>Was das Modell kleiner macht und seine Logits lässt</translation>
    </message>
    <message>
        <source>lossless fold fuse exact smaller</source>
        <comment>words to find it by</comment>
        <translation>verlustfrei einfalten zusammenfassen exakt kleiner</translation>
    </message>
    <message>
        <source>&amp;Export…</source>
        <translation>&amp;Exportieren…</translation>
    </message>
    <message>
        <source>write model weights safetensors onnx torch hugging face hub folder</source>
        <comment>words to find it by</comment>
        <translation>schreiben Modell Gewichte safetensors onnx torch hugging face hub Ordner</translation>
    </message>
    <message>
        <source>&amp;Recovery training…</source>
        <translation>&amp;Nachtraining…</translation>
    </message>
    <message>
        <source>Train what the plan leaves, for some minutes, to say what the whole model says</source>
        <translation>Was der Plan übrig lässt, einige Minuten lang trainieren, damit es sagt, was das volle Modell sagt</translation>
    </message>
    <message>
        <source>distil distillation fine-tune finetune lora heal teach learn</source>
        <comment>words to find it by</comment>
        <translation>destillieren Destillation Feinabstimmung finetuning lora heilen lehren lernen trainieren</translation>
    </message>
    <message>
        <source>&amp;Queue analyses…</source>
        <translation>Analysen &amp;einreihen…</translation>
    </message>
    <message>
        <source>Analyse several models, one after the other</source>
        <translation>Mehrere Modelle nacheinander analysieren</translation>
    </message>
    <message>
        <source>batch overnight many models</source>
        <comment>words to find it by</comment>
        <translation>Stapel über Nacht viele Modelle</translation>
    </message>
    <message>
        <source>Type what the list in focus is to show</source>
        <translation>Eingeben, was die Liste im Fokus zeigen soll</translation>
    </message>
    <message>
        <source>Fi&amp;nd</source>
        <translation>&amp;Suchen</translation>
    </message>
    <message>
        <source>filter search list</source>
        <comment>words to find it by</comment>
        <translation>Filter suchen Liste</translation>
    </message>
    <message>
        <source>To the ar&amp;chitecture tree</source>
        <translation>Zum &amp;Architekturbaum</translation>
    </message>
    <message>
        <source>Put the keyboard into the tree of the model</source>
        <translation>Die Tastatur in den Baum des Modells setzen</translation>
    </message>
    <message>
        <source>sites layers blocks focus</source>
        <comment>words to find it by</comment>
        <translation>Stellen Schichten Blöcke Fokus</translation>
    </message>
    <message>
        <source>&amp;Next tab</source>
        <translation>&amp;Nächster Reiter</translation>
    </message>
    <message>
        <source>Go to the next tab</source>
        <translation>Zum nächsten Reiter</translation>
    </message>
    <message>
        <source>&amp;Previous tab</source>
        <translation>&amp;Voriger Reiter</translation>
    </message>
    <message>
        <source>Go to the tab before</source>
        <translation>Zum Reiter davor</translation>
    </message>
    <message>
        <source>Light or dark, for the whole window</source>
        <translation>Hell oder dunkel, für das ganze Fenster</translation>
    </message>
    <message>
        <source>colour appearance mode night day</source>
        <comment>words to find it by</comment>
        <translation>Farbe Aussehen Modus Nacht Tag</translation>
    </message>
    <message>
        <source>&amp;Command palette…</source>
        <translation>&amp;Befehlspalette…</translation>
    </message>
    <message>
        <source>Find anything that can be done by a few letters of its name</source>
        <translation>Alles, was sich tun lässt, an einigen Buchstaben seines Namens finden</translation>
    </message>
    <message>
        <source>search actions everything</source>
        <comment>words to find it by</comment>
        <translation>suchen Aktionen alles</translation>
    </message>
    <message>
        <source>F&amp;ull screen</source>
        <translation>&amp;Vollbild</translation>
    </message>
    <message>
        <source>Fill the screen, or leave it again</source>
        <translation>Den Bildschirm füllen oder wieder verlassen</translation>
    </message>
    <message>
        <source>fullscreen maximise maximize presentation</source>
        <comment>words to find it by</comment>
        <translation>Vollbild maximieren Präsentation</translation>
    </message>
    <message>
        <source>Saved sessions are not on show.</source>
        <translation>Gespeicherte Sitzungen sind nicht zu sehen.</translation>
    </message>
    <message>
        <source>{name}[*] – ViTPrune</source>
        <translation>{name}[*] – ViTPrune</translation>
    </message>
    <message>
        <source>{percent} % – {title}</source>
        <translation>{percent} % – {title}</translation>
    </message>
    <message>
        <source>Nothing was left unsaved.</source>
        <translation>Nichts blieb ungesichert.</translation>
    </message>
    <message>
        <source>One at a time: only {name} is opened.</source>
        <translation>Immer nur eines: Geöffnet wird nur {name}.</translation>
    </message>
    <message>
        <source>Analyse</source>
        <translation>Analysieren</translation>
    </message>
    <message>
        <source>Map</source>
        <translation>Karte</translation>
    </message>
    <message>
        <source>What is compared between any two block boundaries</source>
        <translation>Was zwischen je zwei Blockgrenzen verglichen wird</translation>
    </message>
    <message>
        <source>&amp;Map</source>
        <translation>&amp;Karte</translation>
    </message>
    <message>
        <source>Prune these blocks</source>
        <translation>Diese Blöcke entfernen</translation>
    </message>
    <message>
        <source>Remove the blocks between the two boundaries, or put them back</source>
        <translation>Die Blöcke zwischen den zwei Grenzen entfernen oder zurückholen</translation>
    </message>
    <message>
        <source>Analyse again</source>
        <translation>Noch einmal analysieren</translation>
    </message>
    <message>
        <source>{lacking} Analyse again to have it.</source>
        <translation>{lacking} Analysieren Sie noch einmal, um sie zu haben.</translation>
    </message>
    <message>
        <source>No maps of this model</source>
        <translation>Keine Karten dieses Modells</translation>
    </message>
    <message>
        <source>No map here</source>
        <translation>Keine Karte hier</translation>
    </message>
    <message>
        <source>Nothing was compared between blocks in this session. Analyse again for it.</source>
        <translation>In dieser Sitzung wurde zwischen Blöcken nichts verglichen. Analysieren Sie dafür noch einmal.</translation>
    </message>
    <message>
        <source>A map compares the stream that runs through the model at every pair of block boundaries: a range of blocks across which it hardly changes is a range that may go.</source>
        <translation>Eine Karte vergleicht den Strom, der durch das Modell läuft, an jedem Paar von Blockgrenzen: Blöcke, über die hinweg er sich kaum ändert, können vielleicht entfallen.</translation>
    </message>
    <message>
        <source>Press Analyse.</source>
        <translation>Drücken Sie Analysieren.</translation>
    </message>
    <message>
        <source>Open a model and images, then press Analyse.</source>
        <translation>Öffnen Sie ein Modell und Bilder und drücken Sie dann Analysieren.</translation>
    </message>
    <message>
        <source>How alike are the blocks?</source>
        <translation>Wie ähnlich sind sich die Blöcke?</translation>
    </message>
    <message>
        <source>No blocks chosen</source>
        <translation>Keine Blöcke gewählt</translation>
    </message>
    <message>
        <source>Click a cell, or move to it with the arrow keys and press Return.</source>
        <translation>Klicken Sie auf ein Feld, oder gehen Sie mit den Pfeiltasten hin und drücken Sie die Eingabetaste.</translation>
    </message>
    <message>
        <source>{count} parameters ({share})</source>
        <translation>{count} Parameter ({share})</translation>
    </message>
    <message>
        <source>{count} MACs ({share})</source>
        <translation>{count} MACs ({share})</translation>
    </message>
    <message>
        <source>Restore these blocks</source>
        <translation>Diese Blöcke zurückholen</translation>
    </message>
    <message>
        <source>Restore this block</source>
        <translation>Diesen Block zurückholen</translation>
    </message>
    <message>
        <source>&amp;File</source>
        <translation>&amp;Datei</translation>
    </message>
    <message>
        <source>&amp;Edit</source>
        <translation>&amp;Bearbeiten</translation>
    </message>
    <message>
        <source>&amp;Model</source>
        <translation>&amp;Modell</translation>
    </message>
    <message>
        <source>&amp;Plan</source>
        <translation>&amp;Plan</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&amp;Run</source>
        <translation>A&amp;usführen</translation>
    </message>
    <message>
        <source>&amp;Learn</source>
        <translation>&amp;Lernen</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>Open &amp;recent</source>
        <translation>&amp;Zuletzt geöffnet</translation>
    </message>
    <message>
        <source>&amp;Go to</source>
        <translation>&amp;Gehe zu</translation>
    </message>
    <message>
        <source>&amp;Panels</source>
        <translation>Bere&amp;iche</translation>
    </message>
    <message>
        <source>&amp;Theme</source>
        <translation>&amp;Erscheinungsbild</translation>
    </message>
    <message>
        <source>Toolbar</source>
        <translation>Werkzeugleiste</translation>
    </message>
    <message>
        <source>&amp;Toolbar</source>
        <translation>&amp;Werkzeugleiste</translation>
    </message>
    <message>
        <source>Show or hide the toolbar</source>
        <translation>Die Werkzeugleiste zeigen oder ausblenden</translation>
    </message>
    <message>
        <source>Browse all mo&amp;dels…</source>
        <translation>&amp;Alle Modelle durchsehen…</translation>
    </message>
    <message>
        <source>Every pretrained model, with all that is known of it</source>
        <translation>Jedes vortrainierte Modell, mit allem, was davon bekannt ist</translation>
    </message>
    <message>
        <source>catalogue catalog timm hub download pretrained weights list</source>
        <comment>words to find it by</comment>
        <translation>Katalog timm Hub herunterladen vortrainiert Gewichte Liste</translation>
    </message>
    <message>
        <source>&amp;Look for models again</source>
        <translation>Modelle noch einmal &amp;suchen</translation>
    </message>
    <message>
        <source>Look again at what is on this machine</source>
        <translation>Noch einmal nachsehen, was auf diesem Rechner ist</translation>
    </message>
    <message>
        <source>reload cache scan catalogue models</source>
        <comment>words to find it by</comment>
        <translation>neu laden Cache suchen Katalog Modelle</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Noch einmal</translation>
    </message>
    <message>
        <source>Nothing to show of this model</source>
        <translation>Von diesem Modell ist nichts zu zeigen</translation>
    </message>
    <message>
        <source>No answer</source>
        <translation>Keine Antwort</translation>
    </message>
    <message>
        <source>One moment…</source>
        <translation>Einen Moment…</translation>
    </message>
    <message>
        <source>The model is being asked. The first time, it is loaded as well.</source>
        <translation>Das Modell wird gefragt. Beim ersten Mal wird es auch geladen.</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Progress of the download</source>
        <translation>Fortschritt des Herunterladens</translation>
    </message>
    <message>
        <source>Cancel download</source>
        <translation>Herunterladen abbrechen</translation>
    </message>
    <message>
        <source>Open file…</source>
        <translation>Datei öffnen…</translation>
    </message>
    <message>
        <source>A weights file of yours</source>
        <translation>Eine Gewichtsdatei von Ihnen</translation>
    </message>
    <message>
        <source>Browse all…</source>
        <translation>Alle durchsehen…</translation>
    </message>
    <message>
        <source>Every model with all that is known of it, in a window of its own</source>
        <translation>Jedes Modell mit allem, was davon bekannt ist, in einem eigenen Fenster</translation>
    </message>
    <message>
        <source>Open folder</source>
        <translation>Ordner öffnen</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Namen kopieren</translation>
    </message>
    <message>
        <source>Copy command</source>
        <translation>Befehl kopieren</translation>
    </message>
    <message>
        <source>Remove from list</source>
        <translation>Aus der Liste nehmen</translation>
    </message>
    <message>
        <source>Take it out of this list; the file itself stays</source>
        <translation>Aus dieser Liste nehmen; die Datei selbst bleibt</translation>
    </message>
    <message>
        <source>Download</source>
        <translation>Herunterladen</translation>
    </message>
    <message>
        <source>Open</source>
        <comment>verb</comment>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Reading the catalogue…</source>
        <translation>Der Katalog wird gelesen…</translation>
    </message>
    <message>
        <source>The list of pretrained models appears here in a moment.</source>
        <translation>Die Liste der vortrainierten Modelle erscheint hier gleich.</translation>
    </message>
    <message>
        <source>Nothing is on this machine yet</source>
        <translation>Noch ist nichts auf diesem Rechner</translation>
    </message>
    <message>
        <source>Download a model from the list, open a file of yours, or drop one here.</source>
        <translation>Laden Sie ein Modell aus der Liste herunter, öffnen Sie eine Datei von Ihnen, oder legen Sie eine hier ab.</translation>
    </message>
    <message>
        <source>No model fits</source>
        <translation>Kein Modell passt</translation>
    </message>
    <message>
        <source>Change the search, or show all families and models that are not here yet.</source>
        <translation>Ändern Sie die Suche, oder zeigen Sie alle Familien und auch Modelle, die noch nicht hier sind.</translation>
    </message>
    <message>
        <source>{shown} of {total} models</source>
        <translation>{shown} von {total} Modellen</translation>
    </message>
    <message>
        <source>Double-click a model to open it.</source>
        <translation>Ein Doppelklick öffnet ein Modell.</translation>
    </message>
    <message>
        <source>It is not there any more.</source>
        <translation>Es ist nicht mehr da.</translation>
    </message>
    <message>
        <source>Select a model first.</source>
        <translation>Wählen Sie zuerst ein Modell.</translation>
    </message>
    <message>
        <source>It is not on this machine.</source>
        <translation>Es ist nicht auf diesem Rechner.</translation>
    </message>
    <message>
        <source>{name}: {progress}</source>
        <translation>{name}: {progress}</translation>
    </message>
    <message>
        <source>It is on this machine already.</source>
        <translation>Es ist schon auf diesem Rechner.</translation>
    </message>
    <message>
        <source>It is being downloaded.</source>
        <translation>Es wird gerade heruntergeladen.</translation>
    </message>
    <message>
        <source>Details of the model</source>
        <translation>Einzelheiten des Modells</translation>
    </message>
    <message>
        <source>Where to read more</source>
        <translation>Wo mehr zu lesen ist</translation>
    </message>
    <message>
        <source>Select a model to read about it.</source>
        <translation>Wählen Sie ein Modell, um etwas darüber zu lesen.</translation>
    </message>
    <message>
        <source>number of parameters unknown</source>
        <translation>Zahl der Parameter unbekannt</translation>
    </message>
    <message>
        <source>will be downloaded when opened</source>
        <translation>wird beim Öffnen heruntergeladen</translation>
    </message>
    <message>
        <source>{macs} MACs for an image of {size} pixels</source>
        <translation>{macs} MACs für ein Bild von {size} Pixeln</translation>
    </message>
    <message>
        <source>licence: {name}</source>
        <translation>Lizenz: {name}</translation>
    </message>
    <message>
        <source>licence: not stated</source>
        <translation>Lizenz: nicht angegeben</translation>
    </message>
    <message>
        <source>ViTPrune can: {what}</source>
        <translation>ViTPrune kann: {what}</translation>
    </message>
    <message>
        <source>Waits for another download</source>
        <translation>Wartet auf ein anderes Herunterladen</translation>
    </message>
    <message>
        <source>Always written: the weights, a recipe, a script that builds the model with PyTorch and timm alone, and a model card with what was measured. The folder can be put on the Hugging Face Hub as it is.</source>
        <translation>Immer geschrieben werden die Gewichte, ein Rezept, ein Skript, das das Modell allein mit PyTorch und timm baut, und eine Modellkarte mit dem, was gemessen wurde. Der Ordner kann so, wie er ist, auf den Hugging Face Hub.</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>Export</translation>
    </message>
    <message>
        <source>Folder to write</source>
        <translation>Ordner, der geschrieben wird</translation>
    </message>
    <message>
        <source>A new folder, or an empty one</source>
        <translation>Ein neuer Ordner oder ein leerer</translation>
    </message>
    <message>
        <source>&amp;Folder</source>
        <translation>&amp;Ordner</translation>
    </message>
    <message>
        <source>&amp;Choose…</source>
        <translation>&amp;Wählen…</translation>
    </message>
    <message>
        <source>Choose the folder to write</source>
        <translation>Den Ordner wählen, der geschrieben wird</translation>
    </message>
    <message>
        <source>How far the export is</source>
        <translation>Wie weit der Export ist</translation>
    </message>
    <message>
        <source>What was written, and how it compares with the model in memory</source>
        <translation>Was geschrieben wurde, verglichen mit dem Modell im Speicher</translation>
    </message>
    <message>
        <source>&amp;Open folder</source>
        <translation>Ordner ö&amp;ffnen</translation>
    </message>
    <message>
        <source>Cop&amp;y table</source>
        <translation>&amp;Tabelle kopieren</translation>
    </message>
    <message>
        <source>&amp;Export</source>
        <translation>&amp;Exportieren</translation>
    </message>
    <message>
        <source>C&amp;ancel</source>
        <translation>Abbre&amp;chen</translation>
    </message>
    <message>
        <source>Stop, and leave nothing behind</source>
        <translation>Anhalten und nichts zurücklassen</translation>
    </message>
    <message>
        <source>Writing and proving…</source>
        <translation>Schreiben und nachweisen…</translation>
    </message>
    <message>
        <source>Nothing was written.</source>
        <translation>Es wurde nichts geschrieben.</translation>
    </message>
    <message>
        <source>Repairs are fitted to images: open images to analyse.</source>
        <translation>Reparaturen werden an Bilder angepasst: Öffnen Sie Bilder zum Analysieren.</translation>
    </message>
    <message>
        <source>Cancelling…</source>
        <translation>Wird abgebrochen…</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>The weights have {less} bytes less than the dense model&apos;s {dense}; the plan said {predicted}.</source>
        <translation>Die Gewichte haben {less} Bytes weniger als die {dense} des vollen Modells; der Plan sagte {predicted}.</translation>
    </message>
    <message>
        <source>Written and proved: {folder}</source>
        <translation>Geschrieben und nachgewiesen: {folder}</translation>
    </message>
    <message>
        <source>{name} with {params} of its {all} parameters: {bytes} instead of {dense}.</source>
        <translation>{name} mit {params} seiner {all} Parameter: {bytes} statt {dense}.</translation>
    </message>
    <message>
        <source>Not installed: {packages}. {hint}</source>
        <translation>Nicht installiert: {packages}. {hint}</translation>
    </message>
    <message>
        <source>The plan repairs what it removes, which ptblop cannot.</source>
        <translation>Der Plan repariert, was er entfernt; ptblop kann das nicht.</translation>
    </message>
    <message>
        <source>The plan takes heads or neurons from layers, and ptblop takes whole layers alone.</source>
        <translation>Der Plan entfernt Köpfe oder Neuronen aus Schichten; ptblop entfernt nur ganze Schichten.</translation>
    </message>
    <message>
        <source>No images are open: what is written will be compared with the model on noise.</source>
        <translation>Es sind keine Bilder geöffnet: Was geschrieben wird, wird auf Rauschen mit dem Modell verglichen.</translation>
    </message>
    <message>
        <source>What is written will be compared with the model on images of {name}.</source>
        <translation>Was geschrieben wird, wird auf Bildern aus {name} mit dem Modell verglichen.</translation>
    </message>
    <message numerus="yes">
        <source>Compared on %n image(s) of {name}, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</source>
        <translation>
            <numerusform>Verglichen auf %n Bild aus {name}, {fewest} und {most} auf einmal: der größte Unterschied der Logits und derselbe, geteilt durch das größte Logit.</numerusform>
            <numerusform>Verglichen auf %n Bildern aus {name}, {fewest} und {most} auf einmal: der größte Unterschied der Logits und derselbe, geteilt durch das größte Logit.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No images were at hand: compared on %n picture(s) of noise, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</source>
        <translation>
            <numerusform>Es waren keine Bilder zur Hand: verglichen auf %n Bild aus Rauschen, {fewest} und {most} auf einmal: der größte Unterschied der Logits und derselbe, geteilt durch das größte Logit.</numerusform>
            <numerusform>Es waren keine Bilder zur Hand: verglichen auf %n Bildern aus Rauschen, {fewest} und {most} auf einmal: der größte Unterschied der Logits und derselbe, geteilt durch das größte Logit.</numerusform>
        </translation>
    </message>
    <message>
        <source>Times for a batch of {batch} with {threads} on {device}, taken in turns.</source>
        <translation>Zeiten für einen Batch von {batch} mit {threads} auf {device}, abwechselnd gemessen.</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>Format</translation>
    </message>
    <message>
        <source>File (bytes)</source>
        <translation>Datei (Bytes)</translation>
    </message>
    <message>
        <source>Relative</source>
        <translation>Relativ</translation>
    </message>
    <message>
        <source>Median (ms)</source>
        <translation>Median (ms)</translation>
    </message>
    <message>
        <source>Quartiles (ms)</source>
        <translation>Quartile (ms)</translation>
    </message>
    <message>
        <source>Dense, PyTorch</source>
        <translation>Volles Modell, PyTorch</translation>
    </message>
    <message>
        <source>Asking the hub…</source>
        <translation>Der Hub wird gefragt…</translation>
    </message>
    <message>
        <source>{amount} a second</source>
        <translation>{amount} je Sekunde</translation>
    </message>
    <message>
        <source>{size} pixels, {how}</source>
        <translation>{size} Pixel, {how}</translation>
    </message>
    <message>
        <source>Deviation</source>
        <translation>Abweichung</translation>
    </message>
    <message>
        <source>none: it gives features</source>
        <translation>keine: es gibt Merkmale aus</translation>
    </message>
    <message>
        <source>{share} on ImageNet-1k, as timm publishes</source>
        <translation>{share} auf ImageNet-1k, wie timm veröffentlicht</translation>
    </message>
    <message>
        <source>Repository</source>
        <translation>Repository</translation>
    </message>
    <message>
        <source>The hub says how large it is when it starts.</source>
        <translation>Wie groß es ist, sagt der Hub, wenn es beginnt.</translation>
    </message>
    <message>
        <source>{size} if it holds 32-bit numbers, as most do; the hub says it exactly</source>
        <translation>{size}, falls es 32-Bit-Zahlen enthält wie die meisten; der Hub sagt es genau</translation>
    </message>
    <message>
        <source>On this machine</source>
        <translation>Auf diesem Rechner</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Zuletzt verwendet</translation>
    </message>
    <message>
        <source>Place</source>
        <translation>Ort</translation>
    </message>
    <message>
        <source>Changed</source>
        <translation>Geändert</translation>
    </message>
    <message>
        <source>Page of the weights</source>
        <translation>Seite der Gewichte</translation>
    </message>
    <message>
        <source>Text of the licence</source>
        <translation>Text der Lizenz</translation>
    </message>
    <message>
        <source>Paper of the weights</source>
        <translation>Aufsatz zu den Gewichten</translation>
    </message>
    <message>
        <source>Paper of the family</source>
        <translation>Aufsatz zur Familie</translation>
    </message>
    <message>
        <source>Where they come from</source>
        <translation>Woher sie kommen</translation>
    </message>
    <message>
        <source>Search models: vit base dinov2</source>
        <translation>Modelle suchen: vit base dinov2</translation>
    </message>
    <message>
        <source>Search models</source>
        <translation>Modelle suchen</translation>
    </message>
    <message>
        <source>Every word, in any order, in the name, the family or the licence; ViT-B/16 works too</source>
        <translation>Jedes Wort, in beliebiger Reihenfolge, in Name, Familie oder Lizenz; ViT-B/16 geht auch</translation>
    </message>
    <message>
        <source>All families</source>
        <translation>Alle Familien</translation>
    </message>
    <message>
        <source>What ViTPrune can do with them</source>
        <translation>Was ViTPrune mit ihnen tun kann</translation>
    </message>
    <message>
        <source>Any support</source>
        <translation>Jede Unterstützung</translation>
    </message>
    <message>
        <source>Pixels of the input</source>
        <translation>Pixel der Eingabe</translation>
    </message>
    <message>
        <source>Any input</source>
        <translation>Jede Eingabe</translation>
    </message>
    <message>
        <source>Only models whose weights are here already</source>
        <translation>Nur Modelle, deren Gewichte schon hier sind</translation>
    </message>
    <message>
        <source>Commercial use</source>
        <translation>Kommerzielle Nutzung</translation>
    </message>
    <message>
        <source>Only licences that permit commercial use without conditions of their own</source>
        <translation>Nur Lizenzen, die kommerzielle Nutzung ohne eigene Bedingungen erlauben</translation>
    </message>
    <message>
        <source>Parameters at least</source>
        <translation>Mindestens so viele Parameter</translation>
    </message>
    <message>
        <source>from any size</source>
        <translation>ab jeder Größe</translation>
    </message>
    <message>
        <source>Parameters at most</source>
        <translation>Höchstens so viele Parameter</translation>
    </message>
    <message>
        <source>to any size</source>
        <translation>bis zu jeder Größe</translation>
    </message>
    <message>
        <source>Image to tokens</source>
        <translation>Vom Bild zu den Tokens</translation>
    </message>
    <message>
        <source>A transformer reads a list, not a picture. So the image is cut into square patches, and each patch becomes one entry of the list: a token. Click a patch to follow it.</source>
        <translation>Ein Transformer liest eine Liste, kein Bild. Darum wird das Bild in quadratische Patches geschnitten, und jeder Patch wird ein Eintrag der Liste: ein Token. Klicken Sie auf einen Patch, um ihm zu folgen.</translation>
    </message>
    <message>
        <source>The numbers of a patch, its colours, are multiplied by learned filters, one for each number of the token. What the filters have in common shows as edges, spots and colours: their principal components, below.</source>
        <translation>Die Zahlen eines Patches, seine Farben, werden mit gelernten Filtern multipliziert, einem für jede Zahl des Tokens. Was die Filter gemeinsam haben, zeigt sich als Kanten, Flecken und Farben: ihre Hauptkomponenten, unten.</translation>
    </message>
    <message>
        <source>One matrix turns the numbers of a patch into the numbers of its token. It is the same for all.</source>
        <translation>Eine Matrix macht aus den Zahlen eines Patches die Zahlen seines Tokens. Sie ist für alle dieselbe.</translation>
    </message>
    <message>
        <source>Patch</source>
        <translation>Patch</translation>
    </message>
    <message>
        <source>Filters</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Its token</source>
        <translation>Sein Token</translation>
    </message>
    <message>
        <source>{rows} × {columns} patches</source>
        <translation>{rows} × {columns} Patches</translation>
    </message>
    <message numerus="yes">
        <source>%n component(s)</source>
        <translation>
            <numerusform>%n Komponente</numerusform>
            <numerusform>%n Komponenten</numerusform>
        </translation>
    </message>
    <message>
        <source>Token {n}</source>
        <translation>Token {n}</translation>
    </message>
    <message>
        <source>number of the token</source>
        <translation>Nummer im Token</translation>
    </message>
    <message>
        <source>value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>x = the {height} × {width} pixels × 3 colours of the patch = &lt;b&gt;{count}&lt;/b&gt; numbers: {first}, …</source>
        <translation>x = die {height} × {width} Pixel × 3 Farben des Patches = &lt;b&gt;{count}&lt;/b&gt; Zahlen: {first}, …</translation>
    </message>
    <message>
        <source>t = W x + b &amp;nbsp; with W of {rows} × {columns} learned numbers</source>
        <translation>t = W x + b &amp;nbsp; mit W aus {rows} × {columns} gelernten Zahlen</translation>
    </message>
    <message>
        <source>t&lt;sub&gt;{token}&lt;/sub&gt; = (&lt;b&gt;{first}&lt;/b&gt;, …): &lt;b&gt;{width}&lt;/b&gt; numbers, of length ‖t‖ = {length}</source>
        <translation>t&lt;sub&gt;{token}&lt;/sub&gt; = (&lt;b&gt;{first}&lt;/b&gt;, …): &lt;b&gt;{width}&lt;/b&gt; Zahlen, Länge ‖t‖ = {length}</translation>
    </message>
    <message>
        <source>Before it is multiplied, x is scaled as the model was trained with it (mean and spread).</source>
        <translation>Vor dem Multiplizieren wird x so skaliert, wie das Modell trainiert wurde (Mittel und Streuung).</translation>
    </message>
    <message numerus="yes">
        <source>%n patch(es) of {height} × {width} pixels</source>
        <translation>
            <numerusform>%n Patch von {height} × {width} Pixeln</numerusform>
            <numerusform>%n Patches von {height} × {width} Pixeln</numerusform>
        </translation>
    </message>
    <message>
        <source>before them: {names}</source>
        <translation>davor: {names}</translation>
    </message>
    <message numerus="yes">
        <source>so the list has %n token(s)</source>
        <translation>
            <numerusform>die Liste hat also %n Token</numerusform>
            <numerusform>die Liste hat also %n Tokens</numerusform>
        </translation>
    </message>
    <message>
        <source>each token has {width} numbers</source>
        <translation>jedes Token hat {width} Zahlen</translation>
    </message>
    <message>
        <source>Component {number} of the filters: {share} of their variance</source>
        <translation>Komponente {number} der Filter: {share} ihrer Varianz</translation>
    </message>
    <message>
        <source>Red {red}, green {green}, blue {blue}</source>
        <translation>Rot {red}, Grün {green}, Blau {blue}</translation>
    </message>
    <message>
        <source>More to narrow the list by</source>
        <translation>Mehr, um die Liste einzugrenzen</translation>
    </message>
    <message>
        <source>{pixels} pixels</source>
        <translation>{pixels} Pixel</translation>
    </message>
    <message>
        <source> M</source>
        <comment>million parameters</comment>
        <translation> Mio.</translation>
    </message>
    <message>
        <source>{what}, in millions</source>
        <translation>{what}, in Millionen</translation>
    </message>
    <message>
        <source>Open plan</source>
        <translation>Plan öffnen</translation>
    </message>
    <message>
        <source>Save plan</source>
        <translation>Plan speichern</translation>
    </message>
    <message>
        <source>Job files</source>
        <translation>Auftragsdateien</translation>
    </message>
    <message>
        <source>Web page (*.html)</source>
        <translation>Webseite (*.html)</translation>
    </message>
    <message>
        <source>Write report</source>
        <translation>Bericht schreiben</translation>
    </message>
    <message>
        <source>Open model file</source>
        <translation>Modelldatei öffnen</translation>
    </message>
    <message>
        <source>Open exported folder</source>
        <translation>Exportierten Ordner öffnen</translation>
    </message>
    <message>
        <source>Image to look into</source>
        <translation>Bild zum Untersuchen</translation>
    </message>
    <message>
        <source>Folder of images to analyse</source>
        <translation>Ordner mit Bildern zum Analysieren</translation>
    </message>
    <message>
        <source>Folder of labelled images to evaluate</source>
        <translation>Ordner mit beschrifteten Bildern zum Auswerten</translation>
    </message>
    <message>
        <source>Open images</source>
        <translation>Bilder öffnen</translation>
    </message>
    <message>
        <source>What are the images in “{name}” for?</source>
        <translation>Wofür sind die Bilder in „{name}“?</translation>
    </message>
    <message>
        <source>Scores are measured on the images to analyse; accuracy is measured on the images to evaluate, which should be others, and labelled.</source>
        <translation>Werte werden auf den Bildern zum Analysieren gemessen; Genauigkeit wird auf den Bildern zum Auswerten gemessen, die andere sein sollten, und beschriftet.</translation>
    </message>
    <message>
        <source>To analyse</source>
        <translation>Zum Analysieren</translation>
    </message>
    <message>
        <source>To evaluate</source>
        <translation>Zum Auswerten</translation>
    </message>
    <message>
        <source>Open session</source>
        <translation>Sitzung öffnen</translation>
    </message>
    <message>
        <source>Save session</source>
        <translation>Sitzung speichern</translation>
    </message>
    <message>
        <source>Export into a new folder</source>
        <translation>In einen neuen Ordner exportieren</translation>
    </message>
    <message>
        <source>Save as job file</source>
        <translation>Als Auftragsdatei speichern</translation>
    </message>
    <message>
        <source>Open lesson</source>
        <translation>Lektion öffnen</translation>
    </message>
    <message>
        <source>Lessons (*.md)</source>
        <translation>Lektionen (*.md)</translation>
    </message>
    <message>
        <source>Write worksheet</source>
        <translation>Arbeitsblatt schreiben</translation>
    </message>
    <message>
        <source>Picture (*.png)</source>
        <translation>Bild (*.png)</translation>
    </message>
    <message>
        <source>Drawing (*.svg)</source>
        <translation>Zeichnung (*.svg)</translation>
    </message>
    <message>
        <source>Values (*.csv)</source>
        <translation>Werte (*.csv)</translation>
    </message>
    <message>
        <source>Save chart</source>
        <translation>Diagramm speichern</translation>
    </message>
    <message>
        <source>Unsaved changes</source>
        <translation>Nicht gespeicherte Änderungen</translation>
    </message>
    <message>
        <source>The session has changes that are not saved.</source>
        <translation>Die Sitzung hat Änderungen, die nicht gespeichert sind.</translation>
    </message>
    <message>
        <source>Changed on disk</source>
        <translation>Auf der Platte geändert</translation>
    </message>
    <message>
        <source>“{name}” was changed by another window or program since it was opened here.</source>
        <translation>„{name}“ wurde von einem anderen Fenster oder Programm geändert, seit es hier geöffnet wurde.</translation>
    </message>
    <message>
        <source>Overwriting replaces what the other one saved. Opening it again shows that here; your own version is kept and offered above.</source>
        <translation>Überschreiben ersetzt, was das andere gespeichert hat. Neu öffnen zeigt das hier; Ihre eigene Fassung wird aufbewahrt und oben angeboten.</translation>
    </message>
    <message>
        <source>Save as…</source>
        <translation>Speichern unter…</translation>
    </message>
    <message>
        <source>Overwrite</source>
        <translation>Überschreiben</translation>
    </message>
    <message>
        <source>Open again</source>
        <translation>Neu öffnen</translation>
    </message>
    <message>
        <source>Still computing</source>
        <translation>Es wird noch gerechnet</translation>
    </message>
    <message>
        <source>{job} has not ended yet.</source>
        <translation>{job} ist noch nicht zu Ende.</translation>
    </message>
    <message>
        <source>Not everything has ended yet.</source>
        <translation>Noch ist nicht alles zu Ende.</translation>
    </message>
    <message>
        <source>Leaving stops it.</source>
        <translation>Verlassen hält es an.</translation>
    </message>
    <message>
        <source>Stop and leave</source>
        <translation>Anhalten und verlassen</translation>
    </message>
    <message>
        <source>Stay</source>
        <translation>Bleiben</translation>
    </message>
    <message>
        <source>Replace a file</source>
        <translation>Datei ersetzen</translation>
    </message>
    <message>
        <source>“{name}” is there already. Replace it?</source>
        <translation>„{name}“ ist schon vorhanden. Ersetzen?</translation>
    </message>
    <message>
        <source>cat, dog, …</source>
        <translation>Katze, Hund, …</translation>
    </message>
    <message>
        <source>{name} holds numbers only. What is it?</source>
        <translation>{name} enthält nur Zahlen. Was ist es?</translation>
    </message>
    <message>
        <source>&amp;Architecture</source>
        <translation>&amp;Architektur</translation>
    </message>
    <message>
        <source>&amp;Model arguments</source>
        <translation>&amp;Modellargumente</translation>
    </message>
    <message>
        <source>&amp;Class names</source>
        <translation>&amp;Klassennamen</translation>
    </message>
    <message>
        <source>Choose the architecture.</source>
        <translation>Wählen Sie die Architektur.</translation>
    </message>
    <message>
        <source>“{part}” is not of the form name=value.</source>
        <translation>„{part}“ hat nicht die Form name=wert.</translation>
    </message>
    <message>
        <source>A small trained model with its images, analysed at once</source>
        <translation>Ein kleines trainiertes Modell mit seinen Bildern, sofort analysiert</translation>
    </message>
    <message>
        <source>Stop the analysis</source>
        <translation>Die Analyse anhalten</translation>
    </message>
    <message>
        <source>No similarity map: nothing was compared between blocks in this session.</source>
        <translation>Keine Ähnlichkeitskarte: In dieser Sitzung wurde zwischen Blöcken nichts verglichen.</translation>
    </message>
    <message>
        <source>Nothing to draw: {metric}</source>
        <translation>Nichts zu zeichnen: {metric}</translation>
    </message>
    <message>
        <source>This session has no such scores. Choose another metric above the site tree, or analyse again.</source>
        <translation>Diese Sitzung hat keine solchen Werte. Wählen Sie über dem Baum der Stellen ein anderes Maß, oder analysieren Sie noch einmal.</translation>
    </message>
    <message>
        <source>Which parts of your model are redundant?</source>
        <translation>Welche Teile Ihres Modells sind redundant?</translation>
    </message>
    <message>
        <source>Open a model on the left, or start with the sample: a small trained model with its images.</source>
        <translation>Öffnen Sie links ein Modell, oder beginnen Sie mit dem Beispiel: einem kleinen trainierten Modell mit seinen Bildern.</translation>
    </message>
    <message>
        <source>{reason} Its parts can be looked at on the left.</source>
        <translation>{reason} Seine Teile lassen sich links ansehen.</translation>
    </message>
    <message>
        <source>Now the images</source>
        <translation>Nun die Bilder</translation>
    </message>
    <message>
        <source>Open an image folder, best with a sub-folder for each class. Scores and accuracy are measured on your own images.</source>
        <translation>Öffnen Sie einen Ordner mit Bildern, am besten mit einem Unterordner je Klasse. Werte und Genauigkeit werden auf Ihren eigenen Bildern gemessen.</translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) go through the model. Cancel stops it.</source>
        <translation>
            <numerusform>%n Bild läuft durch das Modell. Abbrechen hält es an.</numerusform>
            <numerusform>%n Bilder laufen durch das Modell. Abbrechen hält es an.</numerusform>
        </translation>
    </message>
    <message>
        <source>Ready to analyse</source>
        <translation>Bereit zum Analysieren</translation>
    </message>
    <message>
        <source>{model} on {images}. The analysis measures how much each part changes the stream that runs through the model.</source>
        <translation>{model} auf {images}. Die Analyse misst, wie sehr jeder Teil den Strom ändert, der durch das Modell läuft.</translation>
    </message>
    <message>
        <source>Stopped at {n} of {asked} images: the scores are of the first, by name, which need not be like the others.</source>
        <translation>Angehalten bei {n} von {asked} Bildern: Die Werte sind von den ersten, nach dem Namen; die müssen nicht wie die anderen sein.</translation>
    </message>
    <message>
        <source>Command palette</source>
        <translation>Befehlspalette</translation>
    </message>
    <message>
        <source>What to do, or a tab, a panel, a recent file or a site</source>
        <translation>Was zu tun ist, oder ein Reiter, ein Bereich, eine letzte Datei oder eine Stelle</translation>
    </message>
    <message>
        <source>Search commands</source>
        <translation>Befehle suchen</translation>
    </message>
    <message>
        <source>Commands</source>
        <translation>Befehle</translation>
    </message>
    <message>
        <source>Nothing is called that.</source>
        <translation>Nichts heißt so.</translation>
    </message>
    <message>
        <source>{menu}: {text}</source>
        <translation>{menu}: {text}</translation>
    </message>
    <message>
        <source>Select: {what}</source>
        <translation>Wählen: {what}</translation>
    </message>
    <message>
        <source>Compare two plans</source>
        <translation>Zwei Pläne vergleichen</translation>
    </message>
    <message>
        <source>Plan &amp;A</source>
        <translation>Plan &amp;A</translation>
    </message>
    <message>
        <source>Plan &amp;B</source>
        <translation>Plan &amp;B</translation>
    </message>
    <message>
        <source>Evaluate plan {side}</source>
        <translation>Plan {side} auswerten</translation>
    </message>
    <message>
        <source>Measure this plan and the dense model side by side</source>
        <translation>Diesen Plan und das volle Modell nebeneinander messen</translation>
    </message>
    <message>
        <source>What the plans have in common, and what tells them apart</source>
        <translation>Was die Pläne gemeinsam haben und was sie unterscheidet</translation>
    </message>
    <message>
        <source>The plan on show</source>
        <translation>Der angezeigte Plan</translation>
    </message>
    <message>
        <source>Dense: nothing pruned</source>
        <translation>Volles Modell: nichts entfernt</translation>
    </message>
    <message>
        <source>B less A</source>
        <translation>B minus A</translation>
    </message>
    <message>
        <source>Pruned</source>
        <translation>Entfernt</translation>
    </message>
    <message>
        <source>Heads and neurons</source>
        <translation>Köpfe und Neuronen</translation>
    </message>
    <message>
        <source>In brackets: 95 % intervals. Differences are paired, image by image.</source>
        <translation>In Klammern: 95-%-Intervalle. Unterschiede sind gepaart, Bild für Bild.</translation>
    </message>
    <message>
        <source>Only what was measured on the images to evaluate is shown. Evaluate a plan to measure it.</source>
        <translation>Gezeigt wird nur, was auf den Bildern zum Auswerten gemessen ist. Werten Sie einen Plan aus, um ihn zu messen.</translation>
    </message>
    <message>
        <source>Both remove</source>
        <translation>Beide entfernen</translation>
    </message>
    <message>
        <source>Only A removes</source>
        <translation>Nur A entfernt</translation>
    </message>
    <message>
        <source>Only B removes</source>
        <translation>Nur B entfernt</translation>
    </message>
    <message>
        <source>Lose heads or neurons</source>
        <translation>Verlieren Köpfe oder Neuronen</translation>
    </message>
    <message>
        <source>{title}: {count}</source>
        <translation>{title}: {count}</translation>
    </message>
    <message>
        <source> pp</source>
        <comment>percentage points, after a number</comment>
        <translation> PP</translation>
    </message>
    <message>
        <source>{what}: {before} to {after}, {change} of the dense model.</source>
        <translation>{what}: {before} auf {after}, {change} des vollen Modells.</translation>
    </message>
    <message>
        <source>{figures} Speed-up: at most {times} in all, from MACs.</source>
        <translation>{figures} Beschleunigung: insgesamt höchstens {times}, nach MACs.</translation>
    </message>
    <message>
        <source>Sites that would change</source>
        <translation>Stellen, die sich ändern würden</translation>
    </message>
    <message>
        <source>There is nothing to prune.</source>
        <translation>Es gibt nichts zu entfernen.</translation>
    </message>
    <message>
        <source>Prune the most redundant</source>
        <translation>Die redundantesten entfernen</translation>
    </message>
    <message>
        <source>&amp;How many</source>
        <translation>&amp;Wie viele</translation>
    </message>
    <message>
        <source>&amp;Of the</source>
        <translation>&amp;Von den</translation>
    </message>
    <message>
        <source>&amp;By</source>
        <translation>&amp;Nach</translation>
    </message>
    <message>
        <source>&amp;Prune</source>
        <translation>&amp;Entfernen</translation>
    </message>
    <message>
        <source>Nothing would be pruned.</source>
        <translation>Nichts würde entfernt.</translation>
    </message>
    <message numerus="yes">
        <source>These %n site(s) would go:</source>
        <translation>
            <numerusform>Diese %n Stelle würde entfallen:</numerusform>
            <numerusform>Diese %n Stellen würden entfallen:</numerusform>
        </translation>
    </message>
    <message>
        <source>Prune or keep a range of blocks</source>
        <translation>Eine Reihe von Blöcken entfernen oder behalten</translation>
    </message>
    <message>
        <source>&amp;From</source>
        <translation>&amp;Von</translation>
    </message>
    <message>
        <source>&amp;To</source>
        <translation>&amp;Bis</translation>
    </message>
    <message>
        <source>&amp;All</source>
        <translation>&amp;Alle</translation>
    </message>
    <message>
        <source>&amp;Keep</source>
        <translation>&amp;Behalten</translation>
    </message>
    <message>
        <source>Take them out of the plan</source>
        <translation>Sie aus dem Plan nehmen</translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) are in this range:</source>
        <translation>
            <numerusform>%n Stelle liegt in diesem Bereich:</numerusform>
            <numerusform>%n Stellen liegen in diesem Bereich:</numerusform>
        </translation>
    </message>
    <message>
        <source>Open a model; what you prune and what that saves is listed here.</source>
        <translation>Öffnen Sie ein Modell; was Sie entfernen und was das spart, steht dann hier.</translation>
    </message>
    <message>
        <source>to prune</source>
        <translation>zu entfernen</translation>
    </message>
    <message>
        <source>How many sites go</source>
        <translation>Wie viele Stellen entfallen</translation>
    </message>
    <message>
        <source>of MACs</source>
        <translation>der MACs</translation>
    </message>
    <message>
        <source>How much of the multiply-accumulates is left, repairs included</source>
        <translation>Wie viel der Multiplikationen mit Addition bleibt, Reparaturen eingeschlossen</translation>
    </message>
    <message>
        <source>of params</source>
        <translation>der Parameter</translation>
    </message>
    <message>
        <source>How much of the parameters is left, repairs included</source>
        <translation>Wie viel der Parameter bleibt, Reparaturen eingeschlossen</translation>
    </message>
    <message>
        <source>of latency</source>
        <translation>der Latenz</translation>
    </message>
    <message>
        <source>How much of the latency is left, by a table of the time that each site takes here</source>
        <translation>Wie viel der Latenz bleibt, nach einer Tabelle der Zeit, die jede Stelle hier braucht</translation>
    </message>
    <message>
        <source>{what} that are left</source>
        <translation>{what}, die übrig sind</translation>
    </message>
    <message>
        <source>The ratio of multiply-accumulates. What is really gained is measured by Evaluate.</source>
        <translation>Das Verhältnis der Multiplikationen mit Addition. Was wirklich gewonnen ist, misst Auswerten.</translation>
    </message>
    <message>
        <source>Removed sites</source>
        <translation>Entfernte Stellen</translation>
    </message>
    <message>
        <source>Heads and neurons that go</source>
        <translation>Köpfe und Neuronen, die entfallen</translation>
    </message>
    <message>
        <source>Nothing is pruned yet. Untick sites in the tree, or let a method choose.</source>
        <translation>Noch ist nichts entfernt. Nehmen Sie Haken im Baum weg, oder lassen Sie ein Verfahren wählen.</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Redo</source>
        <translation>Wiederholen</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Restore every site</source>
        <translation>Jede Stelle zurückholen</translation>
    </message>
    <message>
        <source>How many to prune</source>
        <translation>Wie viele entfernt werden</translation>
    </message>
    <message>
        <source>How much to keep</source>
        <translation>Wie viel bleibt</translation>
    </message>
    <message>
        <source>How the size is given</source>
        <translation>Wie die Größe angegeben ist</translation>
    </message>
    <message>
        <source>What to prune</source>
        <translation>Was entfernt wird</translation>
    </message>
    <message>
        <source>What repairs are fitted to</source>
        <translation>Woran Reparaturen angepasst werden</translation>
    </message>
    <message>
        <source>What makes up for heads and neurons</source>
        <translation>Was Köpfe und Neuronen ausgleicht</translation>
    </message>
    <message>
        <source>Replace the plan by what the method chooses</source>
        <translation>Den Plan durch das ersetzen, was das Verfahren wählt</translation>
    </message>
    <message>
        <source>&amp;to</source>
        <translation>&amp;an</translation>
    </message>
    <message>
        <source>Ma&amp;de up for by</source>
        <translation>Ausgleich &amp;durch</translation>
    </message>
    <message>
        <source>&amp;Method</source>
        <translation>&amp;Verfahren</translation>
    </message>
    <message>
        <source>&amp;Size</source>
        <translation>&amp;Größe</translation>
    </message>
    <message>
        <source>&amp;Repair</source>
        <translation>&amp;Reparatur</translation>
    </message>
    <message>
        <source>Most redundant…</source>
        <translation>Redundanteste…</translation>
    </message>
    <message>
        <source>Prune the most redundant sites by a score, and see beforehand which they are</source>
        <translation>Die nach einem Maß redundantesten Stellen entfernen und vorher sehen, welche das sind</translation>
    </message>
    <message>
        <source>Range…</source>
        <translation>Bereich…</translation>
    </message>
    <message>
        <source>Prune or keep what is in a range of blocks</source>
        <translation>Entfernen oder behalten, was in einer Reihe von Blöcken liegt</translation>
    </message>
    <message>
        <source>Invert</source>
        <translation>Umkehren</translation>
    </message>
    <message>
        <source>Prune what is kept, and keep what is pruned</source>
        <translation>Entfernen, was bleibt, und behalten, was entfernt ist</translation>
    </message>
    <message>
        <source>No plan</source>
        <translation>Kein Plan</translation>
    </message>
    <message>
        <source>Nothing to prune</source>
        <translation>Nichts zu entfernen</translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) protected</source>
        <translation>
            <numerusform>%n Stelle geschützt</numerusform>
            <numerusform>%n Stellen geschützt</numerusform>
        </translation>
    </message>
    <message>
        <source>{count} of {total} sublayers pruned</source>
        <translation>{count} von {total} Teilschichten entfernt</translation>
    </message>
    <message>
        <source>{count} of {total} blocks pruned</source>
        <translation>{count} von {total} Blöcken entfernt</translation>
    </message>
    <message>
        <source>Parameters and MACs count what stands for the sites that went.</source>
        <translation>Parameter und MACs zählen mit, was die entfallenen Stellen ersetzt.</translation>
    </message>
    <message>
        <source>Speed-up: at most {times}, from MACs</source>
        <translation>Beschleunigung: höchstens {times}, nach MACs</translation>
    </message>
    <message>
        <source>Speed-up: none, the model is dense</source>
        <translation>Beschleunigung: keine, das Modell ist voll</translation>
    </message>
    <message>
        <source>This model has no {sites} that can go.</source>
        <translation>Dieses Modell hat keine {sites}, die entfallen können.</translation>
    </message>
    <message>
        <source>A search over heads and neurons needs a share that is to be left: choose MACs.</source>
        <translation>Eine Suche über Köpfe und Neuronen braucht einen Anteil, der übrig bleiben soll: Wählen Sie MACs.</translation>
    </message>
    <message>
        <source>Where heads and neurons go too, choose a repair by its name.</source>
        <translation>Wo auch Köpfe und Neuronen entfallen, wählen Sie eine bestimmte Reparatur.</translation>
    </message>
    <message>
        <source>Needs images, to try repairs on: open images to analyse first.</source>
        <translation>Braucht Bilder, um Reparaturen zu erproben: Öffnen Sie zuerst Bilder zum Analysieren.</translation>
    </message>
    <message>
        <source>Needs scores: press Analyse first.</source>
        <translation>Braucht Werte: Drücken Sie zuerst Analysieren.</translation>
    </message>
    <message>
        <source>Needs images: open images to analyse first.</source>
        <translation>Braucht Bilder: Öffnen Sie zuerst Bilder zum Analysieren.</translation>
    </message>
    <message>
        <source>Needs images with labels, in a folder for each class.</source>
        <translation>Braucht beschriftete Bilder, in einem Ordner je Klasse.</translation>
    </message>
    <message>
        <source>Undo {what}</source>
        <translation>Rückgängig: {what}</translation>
    </message>
    <message>
        <source>Redo {what}</source>
        <translation>Wiederholen: {what}</translation>
    </message>
    <message>
        <source>{effort} In place of what is pruned now.</source>
        <translation>{effort} Anstelle dessen, was jetzt entfernt ist.</translation>
    </message>
    <message>
        <source>From what is known already.</source>
        <translation>Aus dem, was schon bekannt ist.</translation>
    </message>
    <message>
        <source>Runs the model on the images to analyse, many times.</source>
        <translation>Führt das Modell auf den Bildern zum Analysieren aus, viele Male.</translation>
    </message>
    <message>
        <source>Runs the model on the labelled images to analyse, many times.</source>
        <translation>Führt das Modell auf den beschrifteten Bildern zum Analysieren aus, viele Male.</translation>
    </message>
    <message>
        <source>Prune the &amp;most redundant…</source>
        <translation>Die &amp;redundantesten entfernen…</translation>
    </message>
    <message>
        <source>top best n worst</source>
        <comment>words to find it by</comment>
        <translation>meiste beste n schlechteste</translation>
    </message>
    <message>
        <source>Prune or keep a ran&amp;ge of blocks…</source>
        <translation>Einen Bereich von &amp;Blöcken entfernen oder behalten…</translation>
    </message>
    <message>
        <source>from to first last depth</source>
        <comment>words to find it by</comment>
        <translation>von bis erste letzte Tiefe</translation>
    </message>
    <message>
        <source>&amp;Invert the plan</source>
        <translation>Den Plan &amp;umkehren</translation>
    </message>
    <message>
        <source>swap opposite reverse</source>
        <comment>words to find it by</comment>
        <translation>tauschen Gegenteil umgekehrt</translation>
    </message>
    <message>
        <source>&amp;Keep the plan</source>
        <translation>Den Plan be&amp;halten</translation>
    </message>
    <message>
        <source>store bookmark remember snapshot</source>
        <comment>words to find it by</comment>
        <translation>merken Lesezeichen aufheben Schnappschuss</translation>
    </message>
    <message>
        <source>Compare t&amp;wo plans…</source>
        <translation>Zwei Pläne &amp;vergleichen…</translation>
    </message>
    <message>
        <source>difference diff versus</source>
        <comment>words to find it by</comment>
        <translation>Unterschied Differenz gegen</translation>
    </message>
    <message>
        <source>Put the plan in a file in place of the present one</source>
        <translation>Den Plan aus einer Datei an die Stelle des gegenwärtigen setzen</translation>
    </message>
    <message>
        <source>Op&amp;en plan…</source>
        <translation>Plan &amp;öffnen…</translation>
    </message>
    <message>
        <source>load import json</source>
        <comment>words to find it by</comment>
        <translation>laden importieren json</translation>
    </message>
    <message>
        <source>&amp;Save plan…</source>
        <translation>Plan s&amp;peichern…</translation>
    </message>
    <message>
        <source>Write the plan into a file, for the command line or another window</source>
        <translation>Den Plan in eine Datei schreiben, für die Befehlszeile oder ein anderes Fenster</translation>
    </message>
    <message>
        <source>write export json</source>
        <comment>words to find it by</comment>
        <translation>schreiben exportieren json</translation>
    </message>
    <message>
        <source>Press Analyse first.</source>
        <translation>Drücken Sie zuerst Analysieren.</translation>
    </message>
    <message>
        <source>Unsaved work was kept:</source>
        <translation>Nicht gesicherte Arbeit ist aufbewahrt:</translation>
    </message>
    <message>
        <source>Decide later</source>
        <translation>Später entscheiden</translation>
    </message>
    <message>
        <source>It is offered again at the next start</source>
        <translation>Sie wird beim nächsten Start wieder angeboten</translation>
    </message>
    <message>
        <source>Restore {what}</source>
        <translation>{what} wiederherstellen</translation>
    </message>
    <message>
        <source>Discard</source>
        <translation>Verwerfen</translation>
    </message>
    <message>
        <source>Discard {what}</source>
        <translation>{what} verwerfen</translation>
    </message>
    <message>
        <source>Discard for good</source>
        <translation>Endgültig verwerfen</translation>
    </message>
    <message>
        <source>Discard {what} for good</source>
        <translation>{what} endgültig verwerfen</translation>
    </message>
    <message>
        <source>{model}, never saved</source>
        <translation>{model}, nie gespeichert</translation>
    </message>
    <message>
        <source>A session</source>
        <translation>Eine Sitzung</translation>
    </message>
    <message>
        <source>It cannot be read: {problem}</source>
        <translation>Sie lässt sich nicht lesen: {problem}</translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) in the plan</source>
        <translation>
            <numerusform>%n Stelle im Plan</numerusform>
            <numerusform>%n Stellen im Plan</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n score(s) of {images}</source>
        <translation>
            <numerusform>%n Maß auf {images}</numerusform>
            <numerusform>%n Maße auf {images}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n evaluation(s)</source>
        <translation>
            <numerusform>%n Auswertung</numerusform>
            <numerusform>%n Auswertungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n search(es)</source>
        <translation>
            <numerusform>%n Suche</numerusform>
            <numerusform>%n Suchen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n trial(s)</source>
        <translation>
            <numerusform>%n Versuch</numerusform>
            <numerusform>%n Versuche</numerusform>
        </translation>
    </message>
    <message>
        <source>today at {time}</source>
        <translation>heute um {time}</translation>
    </message>
    <message>
        <source>yesterday at {time}</source>
        <translation>gestern um {time}</translation>
    </message>
    <message>
        <source>{date} at {time}</source>
        <translation>{date} um {time}</translation>
    </message>
    <message>
        <source>These leave the logits as they are, but for rounding. They are no pruning and cost no accuracy: their figures stand apart from those of the plan, after which they are done.</source>
        <translation>Diese lassen die Logits, wie sie sind, bis auf Rundung. Sie sind kein Beschneiden und kosten keine Genauigkeit: Ihre Zahlen stehen getrennt von denen des Plans, nach dem sie ausgeführt werden.</translation>
    </message>
    <message>
        <source>Proving on random images…</source>
        <translation>Nachweis auf zufälligen Bildern…</translation>
    </message>
    <message numerus="yes">
        <source>Saves {params} parameters and {macs} MACs for an image, in %n place(s).</source>
        <translation>
            <numerusform>Spart {params} Parameter und {macs} MACs je Bild, an %n Stelle.</numerusform>
            <numerusform>Spart {params} Parameter und {macs} MACs je Bild, an %n Stellen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Does not apply: {reason}.</source>
        <translation>Trifft nicht zu: {reason}.</translation>
    </message>
    <message>
        <source>The logits differ by {difference} of their scale.</source>
        <translation>Die Logits weichen um {difference} ihrer Größenordnung ab.</translation>
    </message>
    <message>
        <source>Free and exact rewrites</source>
        <translation>Kostenlose, exakte Umformungen</translation>
    </message>
    <message>
        <source>Export rewritten model…</source>
        <translation>Umgeformtes Modell exportieren…</translation>
    </message>
    <message>
        <source>The proof did not come to its end.</source>
        <translation>Der Nachweis kam nicht zu Ende.</translation>
    </message>
    <message>
        <source>Change a tick to start it again.</source>
        <translation>Ändern Sie einen Haken, um ihn neu zu beginnen.</translation>
    </message>
    <message>
        <source>Nothing to rewrite.</source>
        <translation>Nichts umzuformen.</translation>
    </message>
    <message>
        <source>No rewrite applies to this model.</source>
        <translation>Keine Umformung trifft auf dieses Modell zu.</translation>
    </message>
    <message>
        <source>{params} parameters and {macs} MACs for an image are left.</source>
        <translation>{params} Parameter und {macs} MACs je Bild bleiben.</translation>
    </message>
    <message>
        <source>Proved: the logits differ by {difference} of their scale, which is rounding.</source>
        <translation>Nachgewiesen: Die Logits weichen um {difference} ihrer Größenordnung ab, das ist Rundung.</translation>
    </message>
    <message>
        <source>Not proved.</source>
        <translation>Nicht nachgewiesen.</translation>
    </message>
    <message>
        <source>Tick a rewrite.</source>
        <translation>Haken Sie eine Umformung an.</translation>
    </message>
    <message>
        <source>{scale}, from {low} to {high}</source>
        <translation>{scale}, von {low} bis {high}</translation>
    </message>
    <message>
        <source>± is half of the 95 % interval over images.</source>
        <translation>± ist die Hälfte des 95-%-Intervalls über die Bilder.</translation>
    </message>
    <message>
        <source>KL from dense</source>
        <translation>KL zum vollen Modell</translation>
    </message>
    <message>
        <source>Loss over steps</source>
        <translation>Verlust über die Schritte</translation>
    </message>
    <message>
        <source>dots: held-out images, n = {n}</source>
        <translation>Punkte: zurückgehaltene Bilder, n = {n}</translation>
    </message>
    <message>
        <source>line without dots: images trained on</source>
        <translation>Linie ohne Punkte: Bilder, auf denen trainiert wird</translation>
    </message>
    <message>
        <source>ring: the weights that are kept</source>
        <translation>Ring: die Gewichte, die behalten werden</translation>
    </message>
    <message>
        <source>Loss on held-out images from {before} to {after} in {steps} steps.</source>
        <translation>Verlust auf zurückgehaltenen Bildern von {before} auf {after} in {steps} Schritten.</translation>
    </message>
    <message>
        <source>Nothing was trained yet.</source>
        <translation>Es wurde noch nichts trainiert.</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>Schritt</translation>
    </message>
    <message>
        <source>Step {step}: {value} (95 % interval)</source>
        <translation>Schritt {step}: {value} (95-%-Intervall)</translation>
    </message>
    <message>
        <source>Angle to dense</source>
        <translation>Winkel zum vollen Modell</translation>
    </message>
    <message>
        <source>Jensen-Shannon</source>
        <translation>Jensen-Shannon</translation>
    </message>
    <message>
        <source>KL from dense (nats)</source>
        <translation>KL zum vollen Modell (nats)</translation>
    </message>
    <message>
        <source>Increase of the loss (nats)</source>
        <translation>Zunahme des Verlusts (nats)</translation>
    </message>
    <message>
        <source>Angle to dense (over pi)</source>
        <translation>Winkel zum vollen Modell (durch π)</translation>
    </message>
    <message>
        <source>Jensen-Shannon divergence (nats)</source>
        <translation>Jensen-Shannon-Divergenz (nats)</translation>
    </message>
    <message>
        <source>How many sites to remove</source>
        <translation>Wie viele Stellen entfernt werden</translation>
    </message>
    <message>
        <source>What to remove</source>
        <translation>Was entfernt wird</translation>
    </message>
    <message>
        <source>Objective</source>
        <translation>Ziel</translation>
    </message>
    <message>
        <source>Beam width</source>
        <translation>Strahlbreite</translation>
    </message>
    <message>
        <source>How many of the best choices are carried from step to step; 1 is the greedy search</source>
        <translation>Wie viele der besten Auswahlen von Schritt zu Schritt mitgeführt werden; 1 ist die gierige Suche</translation>
    </message>
    <message>
        <source>&amp;Race</source>
        <translation>&amp;Wettlauf</translation>
    </message>
    <message>
        <source>Try candidates on a few images first, and drop at once what is surely worse</source>
        <translation>Kandidaten zuerst auf wenigen Bildern erproben und gleich fallen lassen, was sicher schlechter ist</translation>
    </message>
    <message>
        <source>Search</source>
        <comment>verb</comment>
        <translation>Suchen</translation>
    </message>
    <message>
        <source>Try every site that is left, and let that go which is missed least, again and again</source>
        <translation>Jede verbliebene Stelle erproben und die entfallen lassen, die am wenigsten fehlt, wieder und wieder</translation>
    </message>
    <message>
        <source>Stop the search; its whole steps stay</source>
        <translation>Die Suche anhalten; ihre ganzen Schritte bleiben</translation>
    </message>
    <message>
        <source>Go on</source>
        <translation>Fortsetzen</translation>
    </message>
    <message>
        <source>Go on from the last whole step, to as many sites as are asked for</source>
        <translation>Vom letzten ganzen Schritt aus fortsetzen, bis so viele Stellen entfernt sind wie verlangt</translation>
    </message>
    <message>
        <source>Re&amp;move</source>
        <translation>&amp;Entferne</translation>
    </message>
    <message>
        <source>&amp;by</source>
        <comment>which measure</comment>
        <translation>&amp;nach</translation>
    </message>
    <message>
        <source>B&amp;eam of</source>
        <translation>&amp;Strahl von</translation>
    </message>
    <message>
        <source>Candidates of a step</source>
        <translation>Kandidaten eines Schritts</translation>
    </message>
    <message>
        <source>How many steps to take</source>
        <translation>Wie viele Schritte übernommen werden</translation>
    </message>
    <message>
        <source>How many of the removals go into the plan</source>
        <translation>Wie viele der entfernten Stellen in den Plan kommen</translation>
    </message>
    <message>
        <source>Use as plan</source>
        <translation>Als Plan verwenden</translation>
    </message>
    <message>
        <source>Replace the plan by these removals</source>
        <translation>Den Plan durch diese Auswahl ersetzen</translation>
    </message>
    <message>
        <source>&amp;Take the first</source>
        <translation>&amp;Die ersten</translation>
    </message>
    <message>
        <source>Which sites does the model miss least?</source>
        <translation>Welche Stellen fehlen dem Modell am wenigsten?</translation>
    </message>
    <message>
        <source>At each step every site that is left is tried, on images, with the repair of the plan panel, and the one goes that is missed least. A race drops early what is surely worse.</source>
        <translation>In jedem Schritt wird jede verbliebene Stelle auf Bildern erprobt, mit der Reparatur aus dem Planbereich, und die entfällt, die am wenigsten fehlt. Ein Wettlauf lässt früh fallen, was sicher schlechter ist.</translation>
    </message>
    <message numerus="yes">
        <source>Step {step}: %n candidate(s), still racing</source>
        <translation>
            <numerusform>Schritt {step}: %n Kandidat, noch im Rennen</numerusform>
            <numerusform>Schritt {step}: %n Kandidaten, noch im Rennen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Step {step}: %n candidate(s)</source>
        <translation>
            <numerusform>Schritt {step}: %n Kandidat</numerusform>
            <numerusform>Schritt {step}: %n Kandidaten</numerusform>
        </translation>
    </message>
    <message>
        <source>goes</source>
        <translation>entfällt</translation>
    </message>
    <message>
        <source>Missed least</source>
        <translation>Fehlt am wenigsten</translation>
    </message>
    <message>
        <source>as good</source>
        <translation>ebenso gut</translation>
    </message>
    <message>
        <source>Not shown to be worse than the one that goes; that one runs first or looks better</source>
        <translation>Nicht nachweislich schlechter als die Stelle, die entfällt; diese läuft früher oder sieht besser aus</translation>
    </message>
    <message>
        <source>out after {count}</source>
        <translation>nach {count} ausgeschieden</translation>
    </message>
    <message>
        <source>Surely worse than the best, on these images already</source>
        <translation>Schon auf diesen Bildern sicher schlechter als die beste</translation>
    </message>
    <message>
        <source>in the race</source>
        <translation>im Rennen</translation>
    </message>
    <message>
        <source>Tried on more images next</source>
        <translation>Wird als Nächstes auf mehr Bildern erprobt</translation>
    </message>
    <message>
        <source>stays</source>
        <translation>bleibt</translation>
    </message>
    <message>
        <source>Worse</source>
        <translation>Schlechter</translation>
    </message>
    <message>
        <source>Mean damage with its 95 % interval</source>
        <translation>Mittlerer Schaden mit 95-%-Intervall</translation>
    </message>
    <message numerus="yes">
        <source>of %n image(s)</source>
        <translation>
            <numerusform>von %n Bild</numerusform>
            <numerusform>von %n Bildern</numerusform>
        </translation>
    </message>
    <message>
        <source>Damage</source>
        <translation>Schaden</translation>
    </message>
    <message>
        <source>Fate</source>
        <translation>Ausgang</translation>
    </message>
    <message>
        <source>{taken} of {all}: {sites}. Damage {value}.</source>
        <translation>{taken} von {all}: {sites}. Schaden {value}.</translation>
    </message>
    <message>
        <source>Search anew</source>
        <translation>Neu suchen</translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) found, at the cost of {forwards} forwards of the whole model.</source>
        <translation>
            <numerusform>%n Stelle gefunden, zum Preis von {forwards} Durchläufen des ganzen Modells.</numerusform>
            <numerusform>%n Stellen gefunden, zum Preis von {forwards} Durchläufen des ganzen Modells.</numerusform>
        </translation>
    </message>
    <message>
        <source>Beam of {width}</source>
        <translation>Strahl von {width}</translation>
    </message>
    <message>
        <source>Greedy</source>
        <translation>Gierig</translation>
    </message>
    <message>
        <source>raced</source>
        <translation>mit Wettlauf</translation>
    </message>
    <message>
        <source>without a race</source>
        <translation>ohne Wettlauf</translation>
    </message>
    <message>
        <source>{how}, {race}, damage on {images}</source>
        <translation>{how}, {race}, Schaden auf {images}</translation>
    </message>
    <message>
        <source>Tried</source>
        <translation>Erprobt</translation>
    </message>
    <message>
        <source>{how}, without repair.</source>
        <translation>{how}, ohne Reparatur.</translation>
    </message>
    <message>
        <source>{how}, each site repaired ({repair}, fitted to the {target}).</source>
        <translation>{how}, jede Stelle repariert ({repair}, angepasst an: {target}).</translation>
    </message>
    <message>
        <source>Folder of sessions</source>
        <translation>Ordner mit Sitzungen</translation>
    </message>
    <message>
        <source>Choose folder…</source>
        <translation>Ordner wählen…</translation>
    </message>
    <message>
        <source>&amp;Sub-folders too</source>
        <translation>&amp;Unterordner auch</translation>
    </message>
    <message>
        <source>&amp;Refresh</source>
        <translation>&amp;Aktualisieren</translation>
    </message>
    <message>
        <source>Look again: only files that have changed are read</source>
        <translation>Noch einmal nachsehen: nur geänderte Dateien werden gelesen</translation>
    </message>
    <message>
        <source>Search: file, model, images, method</source>
        <translation>Suchen: Datei, Modell, Bilder, Verfahren</translation>
    </message>
    <message>
        <source>Search sessions</source>
        <translation>Sitzungen suchen</translation>
    </message>
    <message>
        <source>&amp;Untick all</source>
        <translation>Haken &amp;entfernen</translation>
    </message>
    <message>
        <source>None of the sessions is to be compared then, those of other folders neither</source>
        <translation>Dann wird keine der Sitzungen verglichen, auch keine aus anderen Ordnern</translation>
    </message>
    <message>
        <source>Open the selected session in place of the present one</source>
        <translation>Die gewählte Sitzung anstelle der gegenwärtigen öffnen</translation>
    </message>
    <message>
        <source>List the sessions of another folder</source>
        <translation>Die Sitzungen eines anderen Ordners auflisten</translation>
    </message>
    <message>
        <source>List those in the folders inside this one, too</source>
        <translation>Auch die in den Ordnern darin auflisten</translation>
    </message>
    <message>
        <source>Clear the search</source>
        <translation>Die Suche leeren</translation>
    </message>
    <message numerus="yes">
        <source>&amp;Compare %n session(s)</source>
        <translation>
            <numerusform>%n Sitzung &amp;vergleichen</numerusform>
            <numerusform>%n Sitzungen &amp;vergleichen</numerusform>
        </translation>
    </message>
    <message>
        <source>The one that was ticked first is the baseline</source>
        <translation>Die zuerst angehakte ist der Bezug</translation>
    </message>
    <message>
        <source>Tick at least two sessions</source>
        <translation>Haken Sie mindestens zwei Sitzungen an</translation>
    </message>
    <message>
        <source>{tip}; {count} of them in other folders</source>
        <translation>{tip}; {count} davon in anderen Ordnern</translation>
    </message>
    <message>
        <source>Waits for: {job}</source>
        <translation>Wartet auf: {job}</translation>
    </message>
    <message>
        <source>Reading sessions: {done} of {total}</source>
        <translation>Sitzungen werden gelesen: {done} von {total}</translation>
    </message>
    <message>
        <source>The MLP</source>
        <translation>Das MLP</translation>
    </message>
    <message>
        <source>An MLP looks at each token alone. It has many hidden units; each is a question, and fires when the answer is yes. Click a patch to see which units fire most for it, and a unit to see where it fires.</source>
        <translation>Ein MLP sieht jedes Token für sich an. Es hat viele verborgene Einheiten; jede ist eine Frage und feuert, wenn die Antwort Ja ist. Klicken Sie auf einen Patch, um zu sehen, welche Einheiten für ihn am stärksten feuern, und auf eine Einheit, um zu sehen, wo sie feuert.</translation>
    </message>
    <message>
        <source>One unit over the whole image, and the patches of other images that it likes best: together they hint at what it looks for. Not every unit has a meaning that has a name.</source>
        <translation>Eine Einheit über dem ganzen Bild und die Patches anderer Bilder, die sie am liebsten mag: Zusammen deuten sie an, wonach sie sucht. Nicht jede Einheit hat eine Bedeutung, für die es einen Namen gibt.</translation>
    </message>
    <message>
        <source>Every unit takes a weighted sum of the token; the activation lets large sums through and holds small ones back. Each point is a unit, for the chosen token.</source>
        <translation>Jede Einheit bildet eine gewichtete Summe des Tokens; die Aktivierung lässt große Summen durch und hält kleine zurück. Jeder Punkt ist eine Einheit, für das gewählte Token.</translation>
    </message>
    <message>
        <source>The tokens whose units are shown; of several their mean</source>
        <translation>Die Tokens, deren Einheiten gezeigt werden; bei mehreren deren Mittel</translation>
    </message>
    <message>
        <source>Hidden unit</source>
        <translation>Verborgene Einheit</translation>
    </message>
    <message>
        <source>&amp;Unit</source>
        <translation>&amp;Einheit</translation>
    </message>
    <message>
        <source>What it prefers</source>
        <translation>Was sie bevorzugt</translation>
    </message>
    <message>
        <source>Look for the patches in the open images for which this unit fires most</source>
        <translation>In den geöffneten Bildern nach den Patches suchen, für die diese Einheit am stärksten feuert</translation>
    </message>
    <message>
        <source>It has no MLP, or the plan removes them all.</source>
        <translation>Es hat kein MLP, oder der Plan entfernt sie alle.</translation>
    </message>
    <message>
        <source>Units that fire most</source>
        <translation>Stärkste Einheiten</translation>
    </message>
    <message>
        <source>Before and after</source>
        <translation>Davor und danach</translation>
    </message>
    <message>
        <source> of {count}</source>
        <translation> von {count}</translation>
    </message>
    <message>
        <source>gate × value</source>
        <translation>Gatter × Wert</translation>
    </message>
    <message>
        <source>after the activation</source>
        <translation>nach der Aktivierung</translation>
    </message>
    <message>
        <source>{function}: before and after</source>
        <translation>{function}: davor und danach</translation>
    </message>
    <message>
        <source>before the activation</source>
        <translation>vor der Aktivierung</translation>
    </message>
    <message>
        <source>Unit {n}</source>
        <translation>Einheit {n}</translation>
    </message>
    <message>
        <source>{count} of {all} fire</source>
        <translation>{count} von {all} feuern</translation>
    </message>
    <message>
        <source>Activation</source>
        <translation>Aktivierung</translation>
    </message>
    <message>
        <source>Where unit {n} fires</source>
        <translation>Wo Einheit {n} feuert</translation>
    </message>
    <message>
        <source>h = W&lt;sub&gt;1&lt;/sub&gt; x + b&lt;sub&gt;1&lt;/sub&gt;, and of {token} h&lt;sub&gt;{unit}&lt;/sub&gt; = &lt;b&gt;{before}&lt;/b&gt;</source>
        <translation>h = W&lt;sub&gt;1&lt;/sub&gt; x + b&lt;sub&gt;1&lt;/sub&gt;; ist x {token}, so ist h&lt;sub&gt;{unit}&lt;/sub&gt; = &lt;b&gt;{before}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>a&lt;sub&gt;{unit}&lt;/sub&gt; = {function}(h&lt;sub&gt;{unit}&lt;/sub&gt;) · g&lt;sub&gt;{unit}&lt;/sub&gt; = {function}({before}) · g&lt;sub&gt;{unit}&lt;/sub&gt; = &lt;b&gt;{after}&lt;/b&gt;, where g is a second weighted sum</source>
        <translation>a&lt;sub&gt;{unit}&lt;/sub&gt; = {function}(h&lt;sub&gt;{unit}&lt;/sub&gt;) · g&lt;sub&gt;{unit}&lt;/sub&gt; = {function}({before}) · g&lt;sub&gt;{unit}&lt;/sub&gt; = &lt;b&gt;{after}&lt;/b&gt;, mit einer zweiten gewichteten Summe g</translation>
    </message>
    <message>
        <source>a&lt;sub&gt;{unit}&lt;/sub&gt; = {function}(h&lt;sub&gt;{unit}&lt;/sub&gt;) = {function}({before}) = &lt;b&gt;{after}&lt;/b&gt;</source>
        <translation>a&lt;sub&gt;{unit}&lt;/sub&gt; = {function}(h&lt;sub&gt;{unit}&lt;/sub&gt;) = {function}({before}) = &lt;b&gt;{after}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>W&lt;sub&gt;2&lt;/sub&gt; a + b&lt;sub&gt;2&lt;/sub&gt; is added to the stream: each unit adds its own vector, a times as long.</source>
        <translation>W&lt;sub&gt;2&lt;/sub&gt; a + b&lt;sub&gt;2&lt;/sub&gt; wird zum Strom addiert: Jede Einheit fügt ihren eigenen Vektor hinzu, um den Faktor a gestreckt.</translation>
    </message>
    <message>
        <source>Share of units that fire, over 5 % of the largest: &lt;b&gt;{share}&lt;/b&gt; [{low}, {high}], mean of {n} tokens</source>
        <translation>Anteil der Einheiten, die feuern, mit mehr als 5 % der größten Aktivierung: &lt;b&gt;{share}&lt;/b&gt; [{low}, {high}], Mittel von {n} Tokens</translation>
    </message>
    <message>
        <source>Looking…</source>
        <translation>Wird nachgesehen…</translation>
    </message>
    <message>
        <source>n = {images}</source>
        <translation>n = {images}</translation>
    </message>
    <message>
        <source>at most one of each</source>
        <translation>höchstens einer aus jedem</translation>
    </message>
    <message>
        <source>What unit {n} prefers</source>
        <translation>Was Einheit {n} bevorzugt</translation>
    </message>
    <message>
        <source>Image {image}, the patch in the middle: activation {value}</source>
        <translation>Bild {image}, der Patch in der Mitte: Aktivierung {value}</translation>
    </message>
    <message>
        <source>{tokens}: {share} of {count} hidden units fire. Unit {unit}: {before} before the activation, {after} after.</source>
        <translation>{tokens}: {share} von {count} verborgenen Einheiten feuern. Einheit {unit}: {before} vor der Aktivierung, {after} danach.</translation>
    </message>
    <message>
        <source>Open images to analyse, and you can see what it prefers among them.</source>
        <translation>Öffnen Sie Bilder zum Analysieren, dann sehen Sie, was sie darunter bevorzugt.</translation>
    </message>
    <message>
        <source>unit {unit}: {value}</source>
        <translation>Einheit {unit}: {value}</translation>
    </message>
    <message numerus="yes">
        <source>%n session file(s)</source>
        <translation>
            <numerusform>%n Sitzungsdatei</numerusform>
            <numerusform>%n Sitzungsdateien</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{shown} of %n session file(s)</source>
        <translation>
            <numerusform>{shown} von %n Sitzungsdatei</numerusform>
            <numerusform>{shown} von %n Sitzungsdateien</numerusform>
        </translation>
    </message>
    <message>
        <source>{files}; {bad} cannot be opened</source>
        <translation>{files}; {bad} nicht zu öffnen</translation>
    </message>
    <message>
        <source>Look through saved sessions</source>
        <translation>Gespeicherte Sitzungen durchsehen</translation>
    </message>
    <message>
        <source>Choose a folder: each session in it becomes a line with its model, plan, accuracy and speed. Tick some to hold them against each other. No model has to be open.</source>
        <translation>Wählen Sie einen Ordner: Jede Sitzung darin wird eine Zeile mit Modell, Plan, Genauigkeit und Geschwindigkeit. Haken Sie einige an, um sie nebeneinanderzuhalten. Dafür muss kein Modell offen sein.</translation>
    </message>
    <message>
        <source>Looking for sessions…</source>
        <translation>Sitzungen werden gesucht…</translation>
    </message>
    <message>
        <source>No session fits</source>
        <translation>Keine Sitzung passt</translation>
    </message>
    <message>
        <source>Change the search.</source>
        <translation>Ändern Sie die Suche.</translation>
    </message>
    <message>
        <source>The sessions of this folder are not known</source>
        <translation>Die Sitzungen dieses Ordners sind nicht bekannt</translation>
    </message>
    <message>
        <source>Looked for files ending in .h5 in {folder}.</source>
        <translation>Gesucht wurden Dateien in {folder}, die auf .h5 enden.</translation>
    </message>
    <message>
        <source>Those in its sub-folders are listed with “Sub-folders too”.</source>
        <translation>Die in seinen Unterordnern werden mit „Unterordner auch“ aufgelistet.</translation>
    </message>
    <message>
        <source>No sessions in this folder</source>
        <translation>Keine Sitzungen in diesem Ordner</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>fp32, single precision</source>
        <translation>fp32, einfache Genauigkeit</translation>
    </message>
    <message>
        <source>bf16, mixed precision</source>
        <translation>bf16, gemischte Genauigkeit</translation>
    </message>
    <message>
        <source>Choose device, precision, theme, colours and language</source>
        <translation>Gerät, Genauigkeit, Erscheinungsbild, Farben und Sprache wählen</translation>
    </message>
    <message>
        <source>&amp;Preferences…</source>
        <translation>&amp;Einstellungen…</translation>
    </message>
    <message>
        <source>settings options configure gpu cpu device dark light language</source>
        <comment>words to find it by</comment>
        <translation>Einstellungen Optionen konfigurieren GPU CPU Gerät dunkel hell Sprache</translation>
    </message>
    <message>
        <source>Preferences</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Automatic</source>
        <translation>Automatisch</translation>
    </message>
    <message>
        <source>Processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>Weights folder</source>
        <translation>Ordner für Gewichte</translation>
    </message>
    <message>
        <source>the usual one</source>
        <translation>der übliche</translation>
    </message>
    <message>
        <source>C&amp;hoose…</source>
        <translation>W&amp;ählen…</translation>
    </message>
    <message>
        <source>Choose the folder that weights are downloaded into</source>
        <translation>Den Ordner wählen, in den Gewichte heruntergeladen werden</translation>
    </message>
    <message>
        <source>&amp;Usual</source>
        <translation>&amp;Üblicher</translation>
    </message>
    <message>
        <source>Go back to the usual folder</source>
        <translation>Zurück zum üblichen Ordner</translation>
    </message>
    <message>
        <source>Folder of lessons</source>
        <translation>Ordner der Lektionen</translation>
    </message>
    <message>
        <source>Choo&amp;se…</source>
        <translation>Wä&amp;hlen…</translation>
    </message>
    <message>
        <source>&amp;None</source>
        <comment>no folder</comment>
        <translation>&amp;Keiner</translation>
    </message>
    <message>
        <source>Choose the folder that lessons of your own are in</source>
        <translation>Den Ordner mit den eigenen Lektionen wählen</translation>
    </message>
    <message>
        <source>List only the lessons that come with the program</source>
        <translation>Nur die Lektionen auflisten, die mit dem Programm kommen</translation>
    </message>
    <message>
        <source>Ask before &amp;leaving while something is computed</source>
        <translation>Vor dem &amp;Verlassen fragen, solange gerechnet wird</translation>
    </message>
    <message>
        <source>Computing</source>
        <translation>Rechnen</translation>
    </message>
    <message>
        <source>&amp;Device</source>
        <translation>&amp;Gerät</translation>
    </message>
    <message>
        <source>Where models run, from the next job on. Default: automatic, the first GPU where there is one.</source>
        <translation>Wo Modelle laufen, ab dem nächsten Auftrag. Vorgabe: automatisch, die erste GPU, wo es eine gibt.</translation>
    </message>
    <message>
        <source>&amp;Precision</source>
        <translation>Ge&amp;nauigkeit</translation>
    </message>
    <message>
        <source>bf16 computes matrix products with fewer digits: faster on a recent GPU, and scores differ in the third digit or later. On a processor it only shows what changes. Results say which one they were made with. Default: fp32.</source>
        <translation>bf16 rechnet Matrixprodukte mit weniger Stellen: schneller auf einer neueren GPU, und Werte unterscheiden sich in der dritten Stelle oder später. Auf einem Prozessor zeigt es nur, was sich ändert. Ergebnisse sagen, womit sie entstanden sind. Vorgabe: fp32.</translation>
    </message>
    <message>
        <source>&amp;Threads</source>
        <translation>&amp;Threads</translation>
    </message>
    <message>
        <source>With how many threads a processor computes, from the next job on. Default: automatic.</source>
        <translation>Mit wie vielen Threads ein Prozessor rechnet, ab dem nächsten Auftrag. Vorgabe: automatisch.</translation>
    </message>
    <message>
        <source>&amp;Batch size</source>
        <translation>&amp;Batchgröße</translation>
    </message>
    <message>
        <source>How many images a model is given at once, from the next job on. Fewer need less memory. Default: automatic, by the size of the model.</source>
        <translation>Wie viele Bilder ein Modell auf einmal bekommt, ab dem nächsten Auftrag. Weniger brauchen weniger Speicher. Vorgabe: automatisch, nach der Größe des Modells.</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>Aussehen</translation>
    </message>
    <message>
        <source>Th&amp;eme</source>
        <translation>&amp;Erscheinungsbild</translation>
    </message>
    <message>
        <source>Light or dark, at once. Default: as the system.</source>
        <translation>Hell oder dunkel, sofort. Vorgabe: wie das System.</translation>
    </message>
    <message>
        <source>Colour &amp;map</source>
        <translation>&amp;Farbskala</translation>
    </message>
    <message>
        <source>What scores are coloured by, at once. All of these can be read with any colour blindness. Default: Cividis.</source>
        <translation>Womit Werte gefärbt sind, sofort. Alle diese lassen sich bei jeder Farbfehlsichtigkeit lesen. Vorgabe: Cividis.</translation>
    </message>
    <message>
        <source>Lan&amp;guage</source>
        <translation>&amp;Sprache</translation>
    </message>
    <message>
        <source>What the window speaks, from the next start on. Default: as the system, or else English.</source>
        <translation>Was das Fenster spricht, ab dem nächsten Start. Vorgabe: wie das System, sonst Englisch.</translation>
    </message>
    <message>
        <source>Files and leaving</source>
        <translation>Dateien und Verlassen</translation>
    </message>
    <message>
        <source>&amp;Weights folder</source>
        <translation>Ordner der &amp;Gewichte</translation>
    </message>
    <message>
        <source>Where downloaded weights are kept, from the next start on. What is downloaded already stays where it is. Default: the usual folder of the Hugging Face hub.</source>
        <translation>Wo heruntergeladene Gewichte liegen, ab dem nächsten Start. Was schon heruntergeladen ist, bleibt, wo es ist. Vorgabe: der übliche Ordner des Hugging-Face-Hubs.</translation>
    </message>
    <message>
        <source>Fo&amp;lder of lessons</source>
        <translation>Ordner der &amp;Lektionen</translation>
    </message>
    <message>
        <source>Markdown files in it are listed below the lessons of the program, at once. Default: none.</source>
        <translation>Markdown-Dateien darin werden unter den Lektionen des Programms aufgelistet, sofort. Vorgabe: keiner.</translation>
    </message>
    <message>
        <source>What is not saved is asked about in any case. Default: on.</source>
        <translation>Nach nicht Gespeichertem wird immer gefragt. Vorgabe: ein.</translation>
    </message>
    <message>
        <source>Put all preferences back to what they were at first</source>
        <translation>Alle Einstellungen auf den Anfangszustand setzen</translation>
    </message>
    <message>
        <source>Start ViTPrune again for it.</source>
        <translation>Starten Sie ViTPrune dafür neu.</translation>
    </message>
    <message>
        <source>The GPUs of this machine are listed as soon as no job runs.</source>
        <translation>Die GPUs dieses Rechners werden aufgelistet, sobald kein Auftrag läuft.</translation>
    </message>
    <message>
        <source>Automatic ({device})</source>
        <translation>Automatisch ({device})</translation>
    </message>
    <message>
        <source>{device}: {title}</source>
        <translation>{device}: {title}</translation>
    </message>
    <message>
        <source>{device}: not on this machine</source>
        <translation>{device}: nicht auf diesem Rechner</translation>
    </message>
    <message>
        <source>Automatic ({n})</source>
        <translation>Automatisch ({n})</translation>
    </message>
    <message>
        <source>OMP_NUM_THREADS is {n} and decides while this is automatic.</source>
        <translation>OMP_NUM_THREADS ist {n} und entscheidet, solange dies automatisch ist.</translation>
    </message>
    <message>
        <source>{name} is set in the environment, and decides.</source>
        <translation>{name} ist in der Umgebung gesetzt und entscheidet.</translation>
    </message>
    <message>
        <source>Folder for downloaded weights</source>
        <translation>Ordner für heruntergeladene Gewichte</translation>
    </message>
    <message>
        <source>Prune or restore the selected rows of the tree</source>
        <translation>Die gewählten Zeilen des Baums entfernen oder zurückholen</translation>
    </message>
    <message>
        <source>Protect or release the selected rows of the tree</source>
        <translation>Die gewählten Zeilen des Baums schützen oder freigeben</translation>
    </message>
    <message>
        <source>The next repair of the selected rows of the tree</source>
        <translation>Die nächste Reparatur der gewählten Zeilen des Baums</translation>
    </message>
    <message>
        <source>Prune the selected rows of the tree</source>
        <translation>Die gewählten Zeilen des Baums entfernen</translation>
    </message>
    <message>
        <source>Restore the selected rows of the tree</source>
        <translation>Die gewählten Zeilen des Baums zurückholen</translation>
    </message>
    <message>
        <source>Copy the selected rows of a table</source>
        <translation>Die gewählten Zeilen einer Tabelle kopieren</translation>
    </message>
    <message>
        <source>To the next control</source>
        <translation>Zum nächsten Bedienelement</translation>
    </message>
    <message>
        <source>The menu of what is selected</source>
        <translation>Das Menü dessen, was gewählt ist</translation>
    </message>
    <message>
        <source>Leave a popup or a dialog</source>
        <translation>Ein Aufklappfenster oder einen Dialog verlassen</translation>
    </message>
    <message>
        <source>Keyboard shortcuts</source>
        <translation>Tastenkürzel</translation>
    </message>
    <message>
        <source>Print…</source>
        <translation>Drucken…</translation>
    </message>
    <message>
        <source>On paper, or into a PDF file</source>
        <translation>Auf Papier oder in eine PDF-Datei</translation>
    </message>
    <message>
        <source>Elsewhere</source>
        <translation>Anderswo</translation>
    </message>
    <message>
        <source>In lists and tables</source>
        <translation>In Listen und Tabellen</translation>
    </message>
    <message>
        <source>{share} of the model</source>
        <translation>{share} des Modells</translation>
    </message>
    <message numerus="yes">
        <source>{before} of %n block(s) before it</source>
        <translation>
            <numerusform>{before} von %n Block davor</numerusform>
            <numerusform>{before} von %n Blöcken davor</numerusform>
        </translation>
    </message>
    <message>
        <source>Kept, and protected: no edit and no method can prune it.</source>
        <translation>Behalten und geschützt: Keine Bearbeitung und kein Verfahren kann sie entfernen.</translation>
    </message>
    <message>
        <source>Kept</source>
        <translation>Behalten</translation>
    </message>
    <message>
        <source>Kept, but for a part: {what}.</source>
        <translation>Behalten bis auf einen Teil: {what}.</translation>
    </message>
    <message>
        <source>Pruned. Nothing stands in its place.</source>
        <translation>Entfernt. Nichts ersetzt sie.</translation>
    </message>
    <message>
        <source>Pruned. In its place: {what}</source>
        <translation>Entfernt. An ihrer Stelle: {what}</translation>
    </message>
    <message>
        <source>{time} ms, quartiles {low} to {high} ({share} of a forward of {count} images on {device})</source>
        <translation>{time} ms, Quartile {low} bis {high} ({share} eines Durchlaufs von {count} Bildern auf {device})</translation>
    </message>
    <message>
        <source>goes at step {number}, damage then {damage}</source>
        <translation>entfällt in Schritt {number}, Schaden dann {damage}</translation>
    </message>
    <message>
        <source>Search</source>
        <translation>Suche</translation>
    </message>
    <message>
        <source>explains {share} of what was to be made good, by cross-validation</source>
        <translation>erklärt {share} dessen, was wettzumachen war, nach Kreuzvalidierung</translation>
    </message>
    <message>
        <source>{fit}; the class token&apos;s own map {share}</source>
        <translation>{fit}; die eigene Abbildung des Klassen-Tokens {share}</translation>
    </message>
    <message>
        <source>Fit</source>
        <translation>Anpassung</translation>
    </message>
    <message>
        <source>In part</source>
        <translation>Teilweise</translation>
    </message>
    <message>
        <source>Neurons</source>
        <translation>Neuronen</translation>
    </message>
    <message>
        <source>There are changes that no file has yet</source>
        <translation>Es gibt Änderungen, die noch keine Datei hat</translation>
    </message>
    <message>
        <source>The device that models run on</source>
        <translation>Das Gerät, auf dem Modelle laufen</translation>
    </message>
    <message>
        <source>The threads that models run with</source>
        <translation>Die Threads, mit denen Modelle laufen</translation>
    </message>
    <message>
        <source>Memory that this program uses</source>
        <translation>Speicher, den dieses Programm verwendet</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>Bereit</translation>
    </message>
    <message>
        <source>Cancelling: {what}</source>
        <translation>Wird abgebrochen: {what}</translation>
    </message>
    <message>
        <source>{what} {percent} %</source>
        <translation>{what} {percent} %</translation>
    </message>
    <message numerus="yes">
        <source>{what}, %n waiting</source>
        <translation>
            <numerusform>{what}, %n wartet</numerusform>
            <numerusform>{what}, %n warten</numerusform>
        </translation>
    </message>
    <message>
        <source>● Unsaved</source>
        <translation>● Nicht gespeichert</translation>
    </message>
    <message>
        <source>{size} GiB</source>
        <translation>{size} GiB</translation>
    </message>
    <message>
        <source>The study prunes the model by each method at several sizes, with and without repair, and measures every result. It says, with intervals, what each method is worth here, and which cheap score foresees the damage.</source>
        <translation>Die Studie kürzt das Modell mit jedem Verfahren auf mehrere Größen, mit und ohne Reparatur, und misst jedes Ergebnis. Sie sagt, mit Intervallen, was jedes Verfahren hier wert ist und welches billige Maß den Schaden vorhersieht.</translation>
    </message>
    <message>
        <source>Which method is right about your model?</source>
        <translation>Welches Verfahren hat bei Ihrem Modell recht?</translation>
    </message>
    <message>
        <source>Start…</source>
        <translation>Beginnen…</translation>
    </message>
    <message>
        <source>Choose the file that keeps the study, and run it</source>
        <translation>Die Datei wählen, die die Studie behält, und sie ausführen</translation>
    </message>
    <message>
        <source>Go on with the study that was stopped, from its last whole step</source>
        <translation>Die angehaltene Studie von ihrem letzten ganzen Schritt aus fortsetzen</translation>
    </message>
    <message>
        <source>New study</source>
        <translation>Neue Studie</translation>
    </message>
    <message>
        <source>Ask for another study of this model</source>
        <translation>Eine andere Studie dieses Modells beginnen</translation>
    </message>
    <message>
        <source>Stop the study; its whole steps stay in its file</source>
        <translation>Die Studie anhalten; ihre ganzen Schritte bleiben in ihrer Datei</translation>
    </message>
    <message>
        <source>Write report…</source>
        <translation>Bericht schreiben…</translation>
    </message>
    <message>
        <source>All figures with their intervals, as a web page or as Markdown</source>
        <translation>Alle Zahlen mit ihren Intervallen, als Webseite oder als Markdown</translation>
    </message>
    <message>
        <source>Open images to evaluate…</source>
        <translation>Bilder zum Auswerten öffnen…</translation>
    </message>
    <message>
        <source>Progress of the study</source>
        <translation>Fortschritt der Studie</translation>
    </message>
    <message>
        <source>{stage} {done} of {total} {unit}</source>
        <translation>{stage} {done} von {total} {unit}</translation>
    </message>
    <message numerus="yes">
        <source>%n trial(s) on {images}, timed; repairs fitted to the {target}</source>
        <translation>
            <numerusform>%n Versuch auf {images}, mit Zeitmessung; Reparaturen angepasst an: {target}</numerusform>
            <numerusform>%n Versuche auf {images}, mit Zeitmessung; Reparaturen angepasst an: {target}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n trial(s) on {images}; repairs fitted to the {target}</source>
        <translation>
            <numerusform>%n Versuch auf {images}; Reparaturen angepasst an: {target}</numerusform>
            <numerusform>%n Versuche auf {images}; Reparaturen angepasst an: {target}</numerusform>
        </translation>
    </message>
    <message>
        <source>Open other images to evaluate: what is fitted to images must not be judged on them.</source>
        <translation>Öffnen Sie andere Bilder zum Auswerten: Was an Bilder angepasst ist, darf nicht an ihnen beurteilt werden.</translation>
    </message>
    <message>
        <source>Methods of the study</source>
        <translation>Verfahren der Studie</translation>
    </message>
    <message>
        <source>Branches to remove</source>
        <translation>Zu entfernende Zweige</translation>
    </message>
    <message>
        <source>Numbers of branches to remove, such as 4, 8, 12</source>
        <translation>Zahlen zu entfernender Zweige, etwa 4, 8, 12</translation>
    </message>
    <message>
        <source>Number of images</source>
        <translation>Zahl der Bilder</translation>
    </message>
    <message>
        <source>all</source>
        <comment>images</comment>
        <translation>alle</translation>
    </message>
    <message>
        <source>How many images to fit to, and how many to measure on</source>
        <translation>An wie viele Bilder angepasst und auf wie vielen gemessen wird</translation>
    </message>
    <message>
        <source>&amp;Time the plans too</source>
        <translation>Auch die &amp;Zeit der Pläne messen</translation>
    </message>
    <message>
        <source>Measure how long each plan takes, beside what it is worth</source>
        <translation>Messen, wie lange jeder Plan braucht, neben dem, was er wert ist</translation>
    </message>
    <message>
        <source>&amp;of</source>
        <translation>&amp;von</translation>
    </message>
    <message>
        <source>Re&amp;pairs</source>
        <translation>Repara&amp;turen</translation>
    </message>
    <message>
        <source>&amp;fitted to</source>
        <translation>&amp;angepasst an</translation>
    </message>
    <message>
        <source>{name}: {title}</source>
        <translation>{name}: {title}</translation>
    </message>
    <message>
        <source>Tick at least one method.</source>
        <translation>Haken Sie mindestens ein Verfahren an.</translation>
    </message>
    <message>
        <source>Give the numbers of branches to remove, such as 4, 8, 12.</source>
        <translation>Geben Sie die Zahlen zu entfernender Zweige an, etwa 4, 8, 12.</translation>
    </message>
    <message numerus="yes">
        <source>No more than %n branch(es) can go.</source>
        <translation>
            <numerusform>Es kann höchstens %n Zweig entfallen.</numerusform>
            <numerusform>Es können höchstens %n Zweige entfallen.</numerusform>
        </translation>
    </message>
    <message>
        <source>Tick at least one repair; “None” is one.</source>
        <translation>Haken Sie mindestens eine Reparatur an; „Keine“ ist eine.</translation>
    </message>
    <message>
        <source>Goes by the scores alone.</source>
        <translation>Geht allein nach den Werten.</translation>
    </message>
    <message>
        <source>Runs the model many times.</source>
        <translation>Führt das Modell viele Male aus.</translation>
    </message>
    <message>
        <source>Runs the model many times; needs labels.</source>
        <translation>Führt das Modell viele Male aus; braucht Beschriftungen.</translation>
    </message>
    <message>
        <source>Trials</source>
        <translation>Versuche</translation>
    </message>
    <message>
        <source>Agreement of orders</source>
        <translation>Übereinstimmung der Reihenfolgen</translation>
    </message>
    <message>
        <source>Repair of the chart</source>
        <translation>Reparatur des Diagramms</translation>
    </message>
    <message>
        <source>with r&amp;epair</source>
        <translation>mit Re&amp;paratur</translation>
    </message>
    <message>
        <source>● no other plan with this repair is as good for no more cost. A click on a cell loads its plan.</source>
        <translation>● kein anderer Plan mit dieser Reparatur ist für nicht mehr Kosten so gut. Ein Klick auf ein Feld lädt seinen Plan.</translation>
    </message>
    <message>
        <source>What each method is worth</source>
        <translation>Was jedes Verfahren wert ist</translation>
    </message>
    <message>
        <source>Which score foresees the damage</source>
        <translation>Welches Maß den Schaden vorhersieht</translation>
    </message>
    <message>
        <source>No such plan</source>
        <translation>Kein solcher Plan</translation>
    </message>
    <message numerus="yes">
        <source>{method}, %n branch(es) removed, repair: {repair}</source>
        <translation>
            <numerusform>{method}, %n Zweig entfernt, Reparatur: {repair}</numerusform>
            <numerusform>{method}, %n Zweige entfernt, Reparatur: {repair}</numerusform>
        </translation>
    </message>
    <message>
        <source>against dense: {verdict}</source>
        <translation>gegen das volle Modell: {verdict}</translation>
    </message>
    <message>
        <source>adjusted for all plans of the study: p {p}</source>
        <translation>angepasst für alle Pläne der Studie: p {p}</translation>
    </message>
    <message>
        <source>no other plan with this repair is as good for no more cost</source>
        <translation>kein anderer Plan mit dieser Reparatur ist für nicht mehr Kosten so gut</translation>
    </message>
    <message>
        <source>{method}, {count} removed: {value}, n = {n}</source>
        <translation>{method}, {count} entfernt: {value}, n = {n}</translation>
    </message>
    <message>
        <source>click to load</source>
        <translation>klicken lädt diesen Plan</translation>
    </message>
    <message>
        <source>{quality} by method, repair: {repair}</source>
        <translation>{quality} je Verfahren, Reparatur: {repair}</translation>
    </message>
    <message>
        <source>Nothing to compare: this study measured no damage of single sites.</source>
        <translation>Nichts zu vergleichen: Diese Studie hat keinen Schaden einzelner Stellen gemessen.</translation>
    </message>
    <message>
        <source>Computed when the study is through: how well the order of each cheap score agrees with the damage that is measured by leaving out one site at a time.</source>
        <translation>Wird berechnet, wenn die Studie durch ist: wie gut die Reihenfolge jedes billigen Maßes mit dem Schaden übereinstimmt, der gemessen wird, indem eine Stelle nach der anderen weggelassen wird.</translation>
    </message>
    <message>
        <source>Kendall&apos;s tau</source>
        <translation>Kendalls Tau</translation>
    </message>
    <message>
        <source>1: the same order as the measured damage, -1: the opposite; 95 % interval over images</source>
        <translation>1: dieselbe Reihenfolge wie der gemessene Schaden, -1: die umgekehrte; 95-%-Intervall über die Bilder</translation>
    </message>
    <message>
        <source>Spearman&apos;s rho</source>
        <translation>Spearmans Rho</translation>
    </message>
    <message>
        <source>With its 95 % interval over images</source>
        <translation>Mit 95-%-Intervall über die Bilder</translation>
    </message>
    <message>
        <source>Against</source>
        <translation>Gegen</translation>
    </message>
    <message>
        <source>The damage that was measured by leaving out one site at a time</source>
        <translation>Der Schaden, gemessen, indem eine Stelle nach der anderen weggelassen wurde</translation>
    </message>
    <message>
        <source>Load {count} by {method}</source>
        <translation>{count} mit {method} laden</translation>
    </message>
    <message>
        <source>Copy rows</source>
        <translation>Zeilen kopieren</translation>
    </message>
    <message>
        <source>not comparable</source>
        <translation>nicht vergleichbar</translation>
    </message>
    <message>
        <source>Overview</source>
        <translation>Überblick</translation>
    </message>
    <message>
        <source>Component</source>
        <translation>Baustein</translation>
    </message>
    <message>
        <source>Formula</source>
        <translation>Formel</translation>
    </message>
    <message>
        <source>This was stopped.</source>
        <translation>Das wurde angehalten.</translation>
    </message>
    <message>
        <source>Maps</source>
        <translation>Karten</translation>
    </message>
    <message>
        <source>Activations</source>
        <translation>Aktivierungen</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>Auswertung</translation>
    </message>
    <message>
        <source>Study</source>
        <translation>Studie</translation>
    </message>
    <message>
        <source>Learn</source>
        <translation>Lernen</translation>
    </message>
    <message>
        <source>Tabs</source>
        <translation>Reiter</translation>
    </message>
    <message>
        <source>Go to the tab {name}</source>
        <translation>Zum Reiter {name}</translation>
    </message>
    <message>
        <source>tab show</source>
        <comment>words to find it by</comment>
        <translation>Reiter zeigen</translation>
    </message>
    <message>
        <source>End tour</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Leave the tour (Esc)</source>
        <translation>Den Rundgang verlassen (Esc)</translation>
    </message>
    <message>
        <source>Your turn: it goes on once you have done it.</source>
        <translation>Jetzt Sie: Es geht weiter, sobald Sie es getan haben.</translation>
    </message>
    <message>
        <source>Lessons</source>
        <translation>Lektionen</translation>
    </message>
    <message>
        <source>From the start</source>
        <translation>Von vorn</translation>
    </message>
    <message>
        <source>Open lesson…</source>
        <translation>Lektion öffnen…</translation>
    </message>
    <message>
        <source>Worksheet…</source>
        <translation>Arbeitsblatt…</translation>
    </message>
    <message>
        <source>Take a lesson of your own, a Markdown file</source>
        <translation>Eine eigene Lektion durchgehen, eine Markdown-Datei</translation>
    </message>
    <message>
        <source>Take the lesson from its first step</source>
        <translation>Die Lektion vom ersten Schritt an durchgehen</translation>
    </message>
    <message>
        <source>Write the questions of the lesson on pages to print, with a key</source>
        <translation>Die Fragen der Lektion auf Seiten zum Drucken schreiben, mit Lösungen</translation>
    </message>
    <message>
        <source>Mistakes in lessons of your own</source>
        <translation>Fehler in eigenen Lektionen</translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n Minute</numerusform>
            <numerusform>%n Minuten</numerusform>
        </translation>
    </message>
    <message>
        <source>{tick} done</source>
        <translation>{tick} fertig</translation>
    </message>
    <message>
        <source>step {number} of {count}</source>
        <translation>Schritt {number} von {count}</translation>
    </message>
    <message>
        <source>your own</source>
        <translation>eigene</translation>
    </message>
    <message numerus="yes">
        <source>{done} of %n lesson(s) done</source>
        <translation>
            <numerusform>{done} von %n Lektion fertig</numerusform>
            <numerusform>{done} von %n Lektionen fertig</numerusform>
        </translation>
    </message>
    <message>
        <source>The lessons are read…</source>
        <translation>Die Lektionen werden gelesen…</translation>
    </message>
    <message numerus="yes">
        <source>%n mistake(s) in lessons of your own:</source>
        <translation>
            <numerusform>%n Fehler in eigenen Lektionen:</numerusform>
            <numerusform>%n Fehler in eigenen Lektionen:</numerusform>
        </translation>
    </message>
    <message>
        <source>Your prediction, a number</source>
        <translation>Ihre Vorhersage, eine Zahl</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>eine Zahl</translation>
    </message>
    <message>
        <source>That is my prediction</source>
        <translation>Das ist meine Vorhersage</translation>
    </message>
    <message>
        <source>How far the lesson is</source>
        <translation>Wie weit die Lektion ist</translation>
    </message>
    <message>
        <source>Show me</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>Go to where it is to be done</source>
        <translation>Dorthin gehen, wo es zu tun ist</translation>
    </message>
    <message>
        <source>All lessons</source>
        <translation>Lektionen</translation>
    </message>
    <message>
        <source>Leave the lesson; it goes on here the next time</source>
        <translation>Die Lektion verlassen; beim nächsten Mal geht es hier weiter</translation>
    </message>
    <message>
        <source>Step of the lesson</source>
        <translation>Schritt der Lektion</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Skip</source>
        <comment>a step of the tour</comment>
        <translation>Auslassen</translation>
    </message>
    <message>
        <source>Next</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>It goes on once you have done it.</source>
        <translation>Es geht weiter, sobald Sie es getan haben.</translation>
    </message>
    <message>
        <source>Your turn</source>
        <translation>Jetzt Sie</translation>
    </message>
    <message>
        <source>{tick} Done</source>
        <translation>{tick} Fertig</translation>
    </message>
    <message>
        <source>What you see</source>
        <translation>Was Sie sehen</translation>
    </message>
    <message>
        <source>It is not measured yet.</source>
        <translation>Das ist noch nicht gemessen.</translation>
    </message>
    <message>
        <source>{tick} You were right.</source>
        <translation>{tick} Richtig.</translation>
    </message>
    <message>
        <source>Not quite. Right is: {choices}</source>
        <translation>Nicht ganz. Richtig ist: {choices}</translation>
    </message>
    <message>
        <source>Not quite. It is {number}.</source>
        <translation>Nicht ganz. Es ist {number}.</translation>
    </message>
    <message>
        <source>Well done.</source>
        <translation>Gut gemacht.</translation>
    </message>
    <message>
        <source>A small model, 1,600 images, and all that can be measured. Opens at once, without network.</source>
        <translation>Ein kleines Modell, 1,600 Bilder und alles, was sich messen lässt. Öffnet sofort, ohne Netz.</translation>
    </message>
    <message>
        <source>Weights of any timm vision transformer. Pretrained ones are in the list on the left.</source>
        <translation>Gewichte eines beliebigen Vision Transformers aus timm. Vortrainierte stehen links in der Liste.</translation>
    </message>
    <message>
        <source>What was analysed before, without the model or the images.</source>
        <translation>Was früher analysiert wurde, ohne das Modell und die Bilder.</translation>
    </message>
    <message>
        <source>Several sessions side by side: what differs, and how surely.</source>
        <translation>Mehrere Sitzungen nebeneinander: worin sie sich unterscheiden, und wie sicher.</translation>
    </message>
    <message>
        <source>a session (.h5)</source>
        <translation>eine Sitzung (.h5)</translation>
    </message>
    <message>
        <source>shows what was measured</source>
        <translation>zeigt, was gemessen wurde</translation>
    </message>
    <message>
        <source>a weights file (.safetensors, .pth)</source>
        <translation>eine Gewichtsdatei (.safetensors, .pth)</translation>
    </message>
    <message>
        <source>opens the model</source>
        <translation>öffnet das Modell</translation>
    </message>
    <message>
        <source>an exported folder</source>
        <translation>ein exportierter Ordner</translation>
    </message>
    <message>
        <source>opens the pruned model</source>
        <translation>öffnet das gekürzte Modell</translation>
    </message>
    <message>
        <source>a folder of images</source>
        <translation>ein Ordner mit Bildern</translation>
    </message>
    <message>
        <source>is analysed, once a model is open</source>
        <translation>wird analysiert, sobald ein Modell offen ist</translation>
    </message>
    <message>
        <source>an image</source>
        <translation>ein Bild</translation>
    </message>
    <message>
        <source>is looked into, once a model is open</source>
        <translation>wird untersucht, sobald ein Modell offen ist</translation>
    </message>
    <message>
        <source>a plan (.json)</source>
        <translation>ein Plan (.json)</translation>
    </message>
    <message>
        <source>is used on the open model</source>
        <translation>wird auf das offene Modell angewandt</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Willkommen</translation>
    </message>
    <message>
        <source>Which parts of a vision transformer can go?</source>
        <translation>Welche Teile eines Vision Transformers können entfallen?</translation>
    </message>
    <message>
        <source>ViTPrune shows which layers look redundant, measures what the model loses without them, repairs it without training, and says how sure each figure is.</source>
        <translation>ViTPrune zeigt, welche Schichten redundant aussehen, misst, was das Modell ohne sie verliert, repariert es ohne Training und sagt, wie sicher jede Zahl ist.</translation>
    </message>
    <message>
        <source>← Back to the open model</source>
        <translation>← Zurück zum offenen Modell</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Beginnen</translation>
    </message>
    <message>
        <source>Opened before</source>
        <translation>Früher geöffnet</translation>
    </message>
    <message>
        <source>Drop anywhere on this window</source>
        <translation>Irgendwo auf diesem Fenster ablegen</translation>
    </message>
    <message>
        <source>Take it off the list</source>
        <translation>Von der Liste nehmen</translation>
    </message>
    <message>
        <source>Take {name} off the list</source>
        <translation>{name} von der Liste nehmen</translation>
    </message>
    <message>
        <source>{kind}, {when}</source>
        <translation>{kind}, {when}</translation>
    </message>
    <message>
        <source>Open a model first, then its images</source>
        <translation>Öffnen Sie zuerst ein Modell, dann seine Bilder</translation>
    </message>
    <message>
        <source>There is nothing to save yet: open a model first.</source>
        <translation>Es gibt noch nichts zu speichern: Öffnen Sie zuerst ein Modell.</translation>
    </message>
    <message>
        <source>Saved to {name}. Its activations are lost: they were in a file that is gone or another one now.</source>
        <translation>In {name} gespeichert. Die Aktivierungen sind verloren: Sie waren in einer Datei, die fehlt oder jetzt eine andere ist.</translation>
    </message>
    <message>
        <source>Cosine redundancy</source>
        <translation>Kosinus-Redundanz</translation>
    </message>
    <message>
        <source>Cosine between the residual stream before and after the site, mean over tokens. 1: the site changes no direction.</source>
        <translation>Kosinus zwischen dem Residualstrom vor und nach der Stelle, Mittel über die Tokens. 1: Die Stelle ändert keine Richtung.</translation>
    </message>
    <message>
        <source>Norm ratio</source>
        <translation>Normverhältnis</translation>
    </message>
    <message>
        <source>Length of what a branch adds, over the length of the stream it is added to, mean over tokens. 0: it adds nothing.</source>
        <translation>Länge dessen, was ein Zweig hinzufügt, durch die Länge des Stroms, zu dem es kommt, Mittel über die Tokens. 0: Er fügt nichts hinzu.</translation>
    </message>
    <message>
        <source>Block influence</source>
        <translation>Blockeinfluss</translation>
    </message>
    <message>
        <source>1 minus the cosine between the stream entering and leaving a block (ShortGPT). 0: the block changes no direction.</source>
        <translation>1 minus dem Kosinus zwischen dem Strom, der in einen Block eintritt, und dem, der ihn verlässt (ShortGPT). 0: Der Block ändert keine Richtung.</translation>
    </message>
    <message>
        <source>Angle between the residual stream before and after the site, over pi, mean over tokens (Gromov et al.). 0: the site changes no direction.</source>
        <translation>Winkel zwischen dem Residualstrom vor und nach der Stelle, durch π, Mittel über die Tokens (Gromov et al.). 0: Die Stelle ändert keine Richtung.</translation>
    </message>
    <message>
        <source>Relative error</source>
        <translation>Relativer Fehler</translation>
    </message>
    <message>
        <source>Squared length of what the site adds, summed over tokens, over that of the stream after it: the error of leaving the site out. 0: it adds nothing.</source>
        <translation>Quadrierte Länge dessen, was die Stelle hinzufügt, über die Tokens summiert, durch die des Stroms danach: der Fehler, wenn die Stelle wegbleibt. 0: Sie fügt nichts hinzu.</translation>
    </message>
    <message>
        <source>KL divergence from the dense model&apos;s predictions to those without the site. 0: it is not missed.</source>
        <translation>KL-Divergenz von den Vorhersagen des vollen Modells zu denen ohne die Stelle. 0: Sie fehlt nicht.</translation>
    </message>
    <message>
        <source>nats</source>
        <translation>nats</translation>
    </message>
    <message>
        <source>Damage after repair</source>
        <translation>Schaden nach Reparatur</translation>
    </message>
    <message>
        <source>KL divergence from the dense model&apos;s predictions (angle between features, where there is no head) with a linear map in the place of the site, fitted to other images. 0: it can be replaced.</source>
        <translation>KL-Divergenz von den Vorhersagen des vollen Modells (Winkel zwischen Merkmalen, wo es keinen Kopf gibt) mit einer linearen Abbildung anstelle der Stelle, angepasst an andere Bilder. 0: Sie ist ersetzbar.</translation>
    </message>
    <message>
        <source>Rise of the loss</source>
        <translation>Anstieg des Verlusts</translation>
    </message>
    <message>
        <source>Cross-entropy without the site, minus that of the dense model. Below 0: the model is better without it.</source>
        <translation>Kreuzentropie ohne die Stelle minus der des vollen Modells. Unter 0: Das Modell ist ohne sie besser.</translation>
    </message>
    <message>
        <source>Turn of the output</source>
        <translation>Drehung der Ausgabe</translation>
    </message>
    <message>
        <source>Angle between the outputs of the dense model and of the one without the site, over pi: logits, or features where there is no head. 0: it is not missed.</source>
        <translation>Winkel zwischen den Ausgaben des vollen Modells und denen ohne die Stelle, durch π: Logits, oder Merkmale, wo es keinen Kopf gibt. 0: Sie fehlt nicht.</translation>
    </message>
    <message>
        <source>Change of the output entropy</source>
        <translation>Änderung der Ausgabe-Entropie</translation>
    </message>
    <message>
        <source>Change, without the site, of the entropy of the model&apos;s output features, taken for a Gaussian (NOSE). 0: the features carry as much without it.</source>
        <translation>Änderung, ohne die Stelle, der Entropie der Ausgabemerkmale des Modells, als gaußverteilt genommen (NOSE). 0: Die Merkmale enthalten ohne sie ebenso viel.</translation>
    </message>
    <message>
        <source>Taylor importance</source>
        <translation>Taylor-Wichtigkeit</translation>
    </message>
    <message>
        <source>Sum over the site&apos;s parameters of |weight x gradient of the loss| (Shortened LLaMA). The loss is to the label, or to the model&apos;s own prediction where the images have none. 0: to first order, no weight matters.</source>
        <translation>Summe von |Gewicht × Gradient des Verlusts| über die Parameter der Stelle (Shortened LLaMA). Der Verlust gilt der Beschriftung oder, wo die Bilder keine haben, der eigenen Vorhersage des Modells. 0: In erster Ordnung zählt kein Gewicht.</translation>
    </message>
    <message>
        <source>the class token</source>
        <translation>das Klassen-Token</translation>
    </message>
    <message>
        <source>the tokens that the head reads</source>
        <translation>die Tokens, die der Kopf liest</translation>
    </message>
    <message>
        <source>top-1 accuracy</source>
        <translation>Top-1-Genauigkeit</translation>
    </message>
    <message>
        <source>pp</source>
        <translation>PP</translation>
    </message>
    <message>
        <source>nearest-neighbour accuracy</source>
        <translation>Nächste-Nachbarn-Genauigkeit</translation>
    </message>
    <message>
        <source>agreement with the dense model</source>
        <translation>Übereinstimmung mit dem vollen Modell</translation>
    </message>
    <message>
        <source>top-5 accuracy</source>
        <translation>Top-5-Genauigkeit</translation>
    </message>
    <message>
        <source>divergence from the dense model</source>
        <translation>Divergenz vom vollen Modell</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>Verlust</translation>
    </message>
    <message>
        <source>cosine to the dense model&apos;s features</source>
        <translation>Kosinus zu den Merkmalen des vollen Modells</translation>
    </message>
    <message>
        <source>latency</source>
        <translation>Latenz</translation>
    </message>
    <message>
        <source>ms</source>
        <translation>ms</translation>
    </message>
    <message>
        <source>throughput</source>
        <translation>Durchsatz</translation>
    </message>
    <message>
        <source>multiply-accumulates</source>
        <translation>Multiplikationen mit Addition</translation>
    </message>
    <message>
        <source>parameters</source>
        <translation>Parameter</translation>
    </message>
    <message>
        <source>Range of blocks with the least angle</source>
        <translation>Reihe von Blöcken mit dem kleinsten Winkel</translation>
    </message>
    <message>
        <source>The contiguous range of n blocks goes between whose ends the stream turns least: the angular distance, arccos of the cosine over pi, mean over images.</source>
        <translation>Die zusammenhängende Reihe von n Blöcken entfällt, zwischen deren Enden sich der Strom am wenigsten dreht: der Winkelabstand, Arkuskosinus durch π, Mittel über die Bilder.</translation>
    </message>
    <message>
        <source>ShortGPT</source>
        <translation>ShortGPT</translation>
    </message>
    <message>
        <source>Blocks with the least influence go first: influence is 1 minus the mean cosine between the stream that enters a block and the one that leaves it. All scores come from the dense model.</source>
        <translation>Blöcke mit dem kleinsten Einfluss entfallen zuerst: Einfluss ist 1 minus dem mittleren Kosinus zwischen dem Strom, der in einen Block eintritt, und dem, der ihn verlässt. Alle Werte kommen vom vollen Modell.</translation>
    </message>
    <message>
        <source>BlockPruner</source>
        <translation>BlockPruner</translation>
    </message>
    <message>
        <source>At each step the attention or MLP sublayer goes without which the perplexity, exp of the mean loss over images, is lowest, in the model as it is by then. No site is protected.</source>
        <translation>In jedem Schritt entfällt die Attention- oder MLP-Teilschicht, ohne die die Perplexität, exp des mittleren Verlusts über die Bilder, am kleinsten ist, im Modell, wie es dann ist. Keine Stelle ist geschützt.</translation>
    </message>
    <message>
        <source>LLM-Drop, one shot</source>
        <translation>LLM-Drop, in einem Zug</translation>
    </message>
    <message>
        <source>Sites whose stream has the most similar direction before and after go first: 1 minus the mean cosine is their importance. Attention and MLP sublayers compete in one list at the granularity sublayer.</source>
        <translation>Stellen, deren Strom davor und danach die ähnlichste Richtung hat, entfallen zuerst: 1 minus dem mittleren Kosinus ist ihre Wichtigkeit. Attention- und MLP-Teilschichten stehen bei der Körnung „sublayer“ in einer Liste.</translation>
    </message>
    <message>
        <source>LLM-Drop, contiguous blocks</source>
        <translation>LLM-Drop, zusammenhängende Blöcke</translation>
    </message>
    <message>
        <source>The contiguous range of n blocks across which the stream keeps its direction best goes: the highest mean cosine between the stream that enters the first of them and the one that leaves the last.</source>
        <translation>Die zusammenhängende Reihe von n Blöcken entfällt, über die hinweg der Strom seine Richtung am besten behält: der höchste mittlere Kosinus zwischen dem Strom, der in den ersten eintritt, und dem, der den letzten verlässt.</translation>
    </message>
    <message>
        <source>LLM-Drop, scored anew at every step</source>
        <translation>LLM-Drop, in jedem Schritt neu bewertet</translation>
    </message>
    <message>
        <source>The site with the highest mean cosine goes, the model without it is scored again on the same images, and so on. It takes one pass over the images for every site that goes.</source>
        <translation>Die Stelle mit dem höchsten mittleren Kosinus entfällt, das Modell ohne sie wird auf denselben Bildern neu bewertet, und so fort. Das braucht einen Durchgang über die Bilder für jede Stelle, die entfällt.</translation>
    </message>
    <message>
        <source>Output damage of units</source>
        <translation>Ausgabeschaden von Einheiten</translation>
    </message>
    <message>
        <source>Heads and neurons go by the squared error that their absence adds to what their branch gives the stream, once the last layer of the branch is fitted again to those that are left, as a share of the variance of the stream, for each multiply-accumulate that is saved. That is known in closed form from one pass.</source>
        <translation>Köpfe und Neuronen entfallen nach dem quadratischen Fehler, den ihr Fehlen zu dem hinzufügt, was ihr Zweig dem Strom gibt, wenn die letzte Schicht des Zweigs wieder an die übrigen angepasst ist, als Anteil an der Varianz des Stroms, für jede gesparte Multiplikation mit Addition. Das ist nach einem Durchgang in geschlossener Form bekannt.</translation>
    </message>
    <message>
        <source>Deepest first</source>
        <translation>Tiefste zuerst</translation>
    </message>
    <message>
        <source>Sites go from the last in running order to the first. In language models the deeper layers are the redundant ones; this baseline shows how far that alone goes.</source>
        <translation>Stellen entfallen von der letzten in der Reihenfolge des Laufs bis zur ersten. In Sprachmodellen sind die tieferen Schichten die redundanten; dieser Bezug zeigt, wie weit das allein trägt.</translation>
    </message>
    <message>
        <source>Shallowest first</source>
        <translation>Flachste zuerst</translation>
    </message>
    <message>
        <source>Sites go in running order, from the first on: the counterpart of the deepest first.</source>
        <translation>Stellen entfallen in der Reihenfolge des Laufs, von der ersten an: das Gegenstück zu „Tiefste zuerst“.</translation>
    </message>
    <message>
        <source>FinerCut</source>
        <translation>FinerCut</translation>
    </message>
    <message>
        <source>At each step the sublayer goes without which the output of the model turns least from that of the dense model: the mean angular distance between the two. It needs no labels, nor a head that knows the classes.</source>
        <translation>In jedem Schritt entfällt die Teilschicht, ohne die sich die Ausgabe des Modells am wenigsten von der des vollen wegdreht: der mittlere Winkelabstand zwischen beiden. Das braucht weder Beschriftungen noch einen Kopf, der die Klassen kennt.</translation>
    </message>
    <message>
        <source>Search on the repaired model</source>
        <translation>Suche am reparierten Modell</translation>
    </message>
    <message>
        <source>Shortened LLaMA, loss of the model without the site</source>
        <translation>Shortened LLaMA, Verlust des Modells ohne die Stelle</translation>
    </message>
    <message>
        <source>Each site is left out alone; those whose absence raises the loss least go first. The paper&apos;s perplexity, exp of the mean loss, has the same order.</source>
        <translation>Jede Stelle wird einzeln weggelassen; die, deren Fehlen den Verlust am wenigsten hebt, entfallen zuerst. Die Perplexität des Aufsatzes, exp des mittleren Verlusts, hat dieselbe Reihenfolge.</translation>
    </message>
    <message>
        <source>NOSE, transfer entropy</source>
        <translation>NOSE, Transferentropie</translation>
    </message>
    <message>
        <source>At each step the attention layer goes which, together with those that went before, changes the entropy of the model&apos;s output features least: |H(F) - H(F without them)|, the sum over channels of the log standard deviation over images, as of a Gaussian. Layers interact, so the whole set is measured at every step.</source>
        <translation>In jedem Schritt entfällt die Attention-Schicht, die, zusammen mit den schon entfallenen, die Entropie der Ausgabemerkmale des Modells am wenigsten ändert: |H(F) - H(F ohne sie)|, die Summe des Logarithmus der Standardabweichung über die Bilder, über die Kanäle, wie bei einer Gauß-Verteilung. Schichten wirken zusammen, daher wird in jedem Schritt die ganze Menge gemessen.</translation>
    </message>
    <message>
        <source>At random</source>
        <translation>Zufällig</translation>
    </message>
    <message>
        <source>Sites go in an order drawn by the seed, whatever they do: what any method has to beat.</source>
        <translation>Stellen entfallen in einer Reihenfolge, die der Startwert auslost, gleich was sie tun: was jedes Verfahren schlagen muss.</translation>
    </message>
    <message>
        <source>Damage after repair, one shot</source>
        <translation>Schaden nach Reparatur, in einem Zug</translation>
    </message>
    <message>
        <source>A linear map stands for each site alone, fitted without labels to half of the images, and the mean KL divergence from the dense model&apos;s predictions is measured on the other half, in turn. Sites of which least damage is left go first.</source>
        <translation>Eine lineare Abbildung ersetzt jede Stelle einzeln, ohne Beschriftungen an die Hälfte der Bilder angepasst, und die mittlere KL-Divergenz von den Vorhersagen des vollen Modells wird auf der anderen Hälfte gemessen, abwechselnd. Stellen, von denen der kleinste Schaden bleibt, entfallen zuerst.</translation>
    </message>
    <message>
        <source>SLEB</source>
        <translation>SLEB</translation>
    </message>
    <message>
        <source>At each step the block goes without which the loss on the images is lowest, in the model as it is by then. The first and the last block that are still there are never candidates.</source>
        <translation>In jedem Schritt entfällt der Block, ohne den der Verlust auf den Bildern am kleinsten ist, im Modell, wie es dann ist. Der erste und der letzte Block, die noch da sind, sind nie Kandidaten.</translation>
    </message>
    <message>
        <source>Shortened LLaMA, Taylor</source>
        <translation>Shortened LLaMA, Taylor</translation>
    </message>
    <message>
        <source>Sites go by the sum over their parameters of |weight x gradient of the loss|, lowest first; all scores come from the dense model. The paper&apos;s form Taylor+ also protects the first 4 and the last 2 of 32 blocks: --protect ends, which keeps the first eighth and the last sixteenth of the blocks, at least one each.</source>
        <translation>Stellen gehen nach der Summe von |Gewicht × Gradient des Verlusts| über ihre Parameter, die kleinste zuerst; alle Werte kommen vom vollen Modell. Die Form Taylor+ des Aufsatzes schützt auch die ersten 4 und die letzten 2 von 32 Blöcken: --protect ends, das das erste Achtel und das letzte Sechzehntel der Blöcke behält, je mindestens einen.</translation>
    </message>
    <message>
        <source>FLAP, fluctuation of units</source>
        <translation>FLAP, Schwankung von Einheiten</translation>
    </message>
    <message>
        <source>Heads and neurons go by the variance of what they hand to the last layer of their branch, times the squared length of the weights that read it, lowest first: what hardly varies can be left to a bias. A head has the mean over its channels. As in the paper, scores are standardised within a branch before branches are compared.</source>
        <translation>Köpfe und Neuronen entfallen nach der Varianz dessen, was sie der letzten Schicht ihres Zweigs übergeben, mal der quadrierten Länge der Gewichte, die es lesen, die kleinste zuerst: Was kaum schwankt, kann eine Verschiebung übernehmen. Ein Kopf hat das Mittel über seine Kanäle. Wie im Aufsatz werden die Werte in jedem Zweig standardisiert, bevor Zweige verglichen werden.</translation>
    </message>
    <message>
        <source>Fold scale and shift of norms into the layers after</source>
        <translation>Skalierung und Verschiebung von Normierungen in die Schichten danach falten</translation>
    </message>
    <message>
        <source>A norm&apos;s scale and shift go into the weights and biases of the linear layers that read it; it still normalises.</source>
        <translation>Skalierung und Verschiebung einer Normierung kommen in die Gewichte und Verschiebungen der linearen Schichten, die sie lesen; sie normiert weiterhin.</translation>
    </message>
    <message>
        <source>Remove the bias of the keys</source>
        <translation>Die Verschiebung der Schlüssel entfernen</translation>
    </message>
    <message>
        <source>A bias on the keys adds the same number to all scores of a query; the softmax takes it out again.</source>
        <translation>Eine Verschiebung der Schlüssel addiert zu allen Bewertungen einer Anfrage dieselbe Zahl; der Softmax nimmt sie wieder heraus.</translation>
    </message>
    <message>
        <source>Fold the bias of the values into the projection</source>
        <translation>Die Verschiebung der Werte in die Projektion falten</translation>
    </message>
    <message>
        <source>Attention weights sum to one, so a bias on the values shifts what the projection reads: its own bias takes it.</source>
        <translation>Attention-Gewichte summieren sich zu eins, also verschiebt eine Verschiebung der Werte, was die Projektion liest: Deren eigene Verschiebung nimmt sie auf.</translation>
    </message>
    <message>
        <source>Fold layer scales into the layer before</source>
        <translation>Schichtskalierungen in die Schicht davor falten</translation>
    </message>
    <message>
        <source>A layer scale multiplies what a linear layer gives, so it is multiplied into that layer&apos;s weights instead.</source>
        <translation>Eine Schichtskalierung multipliziert, was eine lineare Schicht ergibt; also wird sie stattdessen in deren Gewichte multipliziert.</translation>
    </message>
    <message>
        <source>Compute the class token alone in the last block</source>
        <translation>Im letzten Block nur das Klassen-Token berechnen</translation>
    </message>
    <message>
        <source>The head reads the class token alone, so from the last attention on nothing else is computed, except the keys and values of all tokens. The features of the other tokens are then not to be had from this model.</source>
        <translation>Der Kopf liest allein das Klassen-Token, also wird ab der letzten Attention nichts anderes berechnet als die Schlüssel und Werte aller Tokens. Die Merkmale der anderen Tokens sind aus diesem Modell dann nicht zu haben.</translation>
    </message>
    <message>
        <source>Weights, and a script that builds the model again.</source>
        <translation>Gewichte und ein Skript, das das Modell wieder baut.</translation>
    </message>
    <message>
        <source>ONNX</source>
        <translation>ONNX</translation>
    </message>
    <message>
        <source>For ONNX Runtime and what else reads ONNX; any number of images at once.</source>
        <translation>Für ONNX Runtime und was sonst ONNX liest; beliebig viele Bilder auf einmal.</translation>
    </message>
    <message>
        <source>torch.export program</source>
        <translation>Programm von torch.export</translation>
    </message>
    <message>
        <source>For PyTorch without the code of the model, AOTInductor and ExecuTorch; any number of images at once.</source>
        <translation>Für PyTorch ohne den Code des Modells, AOTInductor und ExecuTorch; beliebig viele Bilder auf einmal.</translation>
    </message>
    <message>
        <source>ptblop configuration</source>
        <translation>ptblop-Konfiguration</translation>
    </message>
    <message>
        <source>Which layers ptblop is to take out of timm&apos;s model; plain removal only.</source>
        <translation>Welche Schichten ptblop aus dem Modell von timm nehmen soll; nur Entfernen ohne Reparatur.</translation>
    </message>
    <message>
        <source>remove</source>
        <translation>entfernen</translation>
    </message>
    <message>
        <source>diagonal</source>
        <translation>diagonal</translation>
    </message>
    <message>
        <source>architecture</source>
        <translation>Architektur</translation>
    </message>
    <message>
        <source>model arguments</source>
        <translation>Modellargumente</translation>
    </message>
    <message>
        <source>weights, SHA-256</source>
        <translation>Gewichte, SHA-256</translation>
    </message>
    <message>
        <source>input size</source>
        <translation>Eingabegröße</translation>
    </message>
    <message>
        <source>MACs for one image</source>
        <translation>MACs für ein Bild</translation>
    </message>
    <message>
        <source>images analysed, from</source>
        <translation>analysierte Bilder, aus</translation>
    </message>
    <message>
        <source>images analysed</source>
        <translation>analysierte Bilder</translation>
    </message>
    <message>
        <source>images analysed, skipped</source>
        <translation>analysierte Bilder, übersprungen</translation>
    </message>
    <message>
        <source>images analysed, seed</source>
        <translation>analysierte Bilder, Startwert</translation>
    </message>
    <message>
        <source>images analysed, SHA-256</source>
        <translation>analysierte Bilder, SHA-256</translation>
    </message>
    <message>
        <source>test images, from</source>
        <translation>Testbilder, aus</translation>
    </message>
    <message>
        <source>test images</source>
        <translation>Testbilder</translation>
    </message>
    <message>
        <source>test images, skipped</source>
        <translation>Testbilder, übersprungen</translation>
    </message>
    <message>
        <source>test images, seed</source>
        <translation>Testbilder, Startwert</translation>
    </message>
    <message>
        <source>test images, SHA-256</source>
        <translation>Testbilder, SHA-256</translation>
    </message>
    <message>
        <source>test images, classes</source>
        <translation>Testbilder, Klassen</translation>
    </message>
    <message>
        <source>compared by</source>
        <translation>verglichen nach</translation>
    </message>
    <message>
        <source>repairs fitted</source>
        <translation>Reparaturen angepasst</translation>
    </message>
    <message>
        <source>timed, batch size</source>
        <translation>Zeitmessung, Batchgröße</translation>
    </message>
    <message>
        <source>timed, threads</source>
        <translation>Zeitmessung, Threads</translation>
    </message>
    <message>
        <source>timed, device</source>
        <translation>Zeitmessung, Gerät</translation>
    </message>
    <message>
        <source>ViTPrune</source>
        <translation>ViTPrune</translation>
    </message>
    <message>
        <source>torch</source>
        <translation>torch</translation>
    </message>
    <message>
        <source>timm</source>
        <translation>timm</translation>
    </message>
    <message>
        <source>Python</source>
        <translation>Python</translation>
    </message>
    <message>
        <source>system</source>
        <translation>System</translation>
    </message>
    <message>
        <source>processor</source>
        <translation>Prozessor</translation>
    </message>
    <message>
        <source>device</source>
        <translation>Gerät</translation>
    </message>
    <message>
        <source>threads</source>
        <translation>Threads</translation>
    </message>
    <message>
        <source>precision</source>
        <translation>Rechengenauigkeit</translation>
    </message>
    <message>
        <source>site by site</source>
        <translation>Stelle für Stelle</translation>
    </message>
    <message>
        <source>by relative depth</source>
        <translation>nach relativer Tiefe</translation>
    </message>
    <message>
        <source>no block computes anything</source>
        <translation>kein Block berechnet etwas</translation>
    </message>
    <message>
        <source>the head reads more than the class token</source>
        <translation>der Kopf liest mehr als das Klassen-Token</translation>
    </message>
    <message>
        <source>not all of its blocks are known</source>
        <translation>nicht alle seine Blöcke sind bekannt</translation>
    </message>
    <message>
        <source>it computes the class token alone already</source>
        <translation>es berechnet schon nur das Klassen-Token</translation>
    </message>
    <message>
        <source>the queries do not come from a plain linear layer</source>
        <translation>die Anfragen kommen nicht aus einer einfachen linearen Schicht</translation>
    </message>
    <message>
        <source>the keys have no bias</source>
        <translation>die Schlüssel haben keine Verschiebung</translation>
    </message>
    <message>
        <source>the keys do not come from a plain linear layer</source>
        <translation>die Schlüssel kommen nicht aus einer einfachen linearen Schicht</translation>
    </message>
    <message>
        <source>the keys are normalised after the bias</source>
        <translation>die Schlüssel werden nach der Verschiebung normiert</translation>
    </message>
    <message>
        <source>the keys are rotated after the bias, which then depends on their position</source>
        <translation>die Schlüssel werden nach der Verschiebung gedreht, die dann von ihrer Position abhängt</translation>
    </message>
    <message>
        <source>there is no layer scale</source>
        <translation>es gibt keine Schichtskalierung</translation>
    </message>
    <message>
        <source>the layer before it is not a plain linear one</source>
        <translation>die Schicht davor ist nicht einfach linear</translation>
    </message>
    <message>
        <source>no norm has a scale</source>
        <translation>keine Normierung hat eine Skalierung</translation>
    </message>
    <message>
        <source>a layer that reads the norm is not a plain linear one</source>
        <translation>eine Schicht, die die Normierung liest, ist nicht einfach linear</translation>
    </message>
    <message>
        <source>the layers after the norm have no bias, and a new one would be larger than what the norm saves</source>
        <translation>die Schichten nach der Normierung haben keine Verschiebung, und eine neue wäre größer als das, was die Normierung spart</translation>
    </message>
    <message>
        <source>the values have no bias</source>
        <translation>die Werte haben keine Verschiebung</translation>
    </message>
    <message>
        <source>the projection has no bias to take it</source>
        <translation>die Projektion hat keine Verschiebung, die sie aufnehmen könnte</translation>
    </message>
    <message>
        <source>the values do not come from a plain linear layer</source>
        <translation>die Werte kommen nicht aus einer einfachen linearen Schicht</translation>
    </message>
    <message>
        <source>what is attended is normalised before the projection</source>
        <translation>das Ergebnis der Attention wird vor der Projektion normiert</translation>
    </message>
    <message>
        <source>what is attended is gated before the projection</source>
        <translation>das Ergebnis der Attention durchläuft vor der Projektion ein Gatter</translation>
    </message>
    <message>
        <source>the projection is not a plain linear layer</source>
        <translation>die Projektion ist keine einfache lineare Schicht</translation>
    </message>
    <message>
        <source>nothing was evaluated</source>
        <translation>nichts wurde ausgewertet</translation>
    </message>
    <message>
        <source>the newest evaluation of its plan</source>
        <translation>die neueste Auswertung ihres Plans</translation>
    </message>
    <message>
        <source>its newest evaluation, since its plan was not evaluated</source>
        <translation>ihre neueste Auswertung, da ihr Plan nicht ausgewertet wurde</translation>
    </message>
    <message>
        <source>Nothing was evaluated.</source>
        <translation>Nichts wurde ausgewertet.</translation>
    </message>
    <message>
        <source>session</source>
        <translation>Sitzung</translation>
    </message>
    <message>
        <source>branches removed</source>
        <translation>entfernte Zweige</translation>
    </message>
    <message>
        <source>M parameters left</source>
        <translation>Mio. Parameter übrig</translation>
    </message>
    <message>
        <source>MMACs left</source>
        <translation>Mio. MACs übrig</translation>
    </message>
    <message>
        <source>A session is compared by the newest evaluation of its current plan; where that plan was never evaluated, by its newest evaluation of all.</source>
        <translation>Eine Sitzung wird nach der neuesten Auswertung ihres gegenwärtigen Plans verglichen; wo dieser Plan nie ausgewertet wurde, nach ihrer neuesten Auswertung überhaupt.</translation>
    </message>
    <message>
        <source>shown to be equal</source>
        <translation>nachweislich gleich</translation>
    </message>
    <message>
        <source>not shown to be equal</source>
        <translation>nicht nachweislich gleich</translation>
    </message>
    <message>
        <source>What differs in the set-up</source>
        <translation>Was sich am Aufbau unterscheidet</translation>
    </message>
    <message>
        <source>Nothing: model, weights, images, versions and machine are the same.</source>
        <translation>Nichts: Modell, Gewichte, Bilder, Versionen und Rechner sind dieselben.</translation>
    </message>
    <message>
        <source>difference</source>
        <translation>Unterschied</translation>
    </message>
    <message>
        <source>test</source>
        <translation>Test</translation>
    </message>
    <message>
        <source>equal</source>
        <translation>gleich</translation>
    </message>
    <message>
        <source>by definition</source>
        <translation>per Definition</translation>
    </message>
    <message>
        <source>number of the session</source>
        <translation>Nummer der Sitzung</translation>
    </message>
    <message>
        <source>measure</source>
        <translation>Messgröße</translation>
    </message>
    <message>
        <source>whole model</source>
        <translation>ganzes Modell</translation>
    </message>
    <message>
        <source>with the plan</source>
        <translation>mit dem Plan</translation>
    </message>
    <message>
        <source>The plan of each session against the whole model of the same session, image by image; p as it is.</source>
        <translation>Der Plan jeder Sitzung gegen das ganze Modell derselben Sitzung, Bild für Bild; p ohne Anpassung.</translation>
    </message>
    <message>
        <source>What each plan costs in its own model</source>
        <translation>Was jeder Plan im eigenen Modell kostet</translation>
    </message>
    <message>
        <source>ms, median (quartiles)</source>
        <translation>ms, Median (Quartile)</translation>
    </message>
    <message>
        <source>timings</source>
        <translation>Zeitmessungen</translation>
    </message>
    <message>
        <source>batch, machine</source>
        <translation>Batch, Rechner</translation>
    </message>
    <message>
        <source>of the baseline&apos;s</source>
        <translation>zum Bezug</translation>
    </message>
    <message>
        <source>of its own whole model</source>
        <translation>zum eigenen ganzen Modell</translation>
    </message>
    <message>
        <source>why not comparable</source>
        <translation>warum nicht vergleichbar</translation>
    </message>
    <message>
        <source>Ratios of medians with 95 % bootstrap intervals over timings: below 1 is faster. They hold the noise within each run, not what changed on the machine between two; the ratio to the session&apos;s own whole model, as a rule timed in turns with it, is the firmer one.</source>
        <translation>Verhältnisse der Mediane mit 95-%-Bootstrap-Intervallen über die Zeitmessungen: unter 1 ist schneller. Sie enthalten das Rauschen innerhalb eines Laufs, nicht das, was sich am Rechner zwischen zwei Läufen geändert hat; das Verhältnis zum eigenen ganzen Modell der Sitzung, in der Regel im Wechsel mit ihm gemessen, ist das verlässlichere.</translation>
    </message>
    <message>
        <source>Distribution of the timings</source>
        <translation>Verteilung der Zeitmessungen</translation>
    </message>
    <message>
        <source>time of one batch (ms)</source>
        <translation>Zeit eines Batches (ms)</translation>
    </message>
    <message>
        <source>share of timings as fast</source>
        <translation>Anteil so schneller Messungen</translation>
    </message>
    <message>
        <source>millions</source>
        <translation>Millionen</translation>
    </message>
    <message>
        <source>the timing is too good to be true</source>
        <translation>die Zeitmessung ist zu gut, um wahr zu sein</translation>
    </message>
    <message>
        <source>Frontier of all sessions</source>
        <translation>Pareto-Front aller Sitzungen</translation>
    </message>
    <message>
        <source>images</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Share of each class that is right, less that of the baseline, on the same images, with its 95 % interval (Tango&apos;s); p is that of McNemar&apos;s exact test, adjusted for having looked at all classes (Benjamini and Hochberg).</source>
        <translation>Anteil jeder Klasse, der richtig ist, abzüglich dessen des Bezugs, auf denselben Bildern, mit 95-%-Intervall (nach Tango); p ist das des exakten McNemar-Tests, angepasst dafür, dass alle Klassen betrachtet wurden (Benjamini und Hochberg).</translation>
    </message>
    <message>
        <source>wrong here alone</source>
        <translation>nur hier falsch</translation>
    </message>
    <message>
        <source>right here alone</source>
        <translation>nur hier richtig</translation>
    </message>
    <message>
        <source>image</source>
        <translation>Bild</translation>
    </message>
    <message>
        <source>relative depth</source>
        <translation>relative Tiefe</translation>
    </message>
    <message>
        <source>Mean over images with its 95 % interval (Student&apos;s). Relative depth runs from 0, the first branch or block, to 1, the last, whatever the model.</source>
        <translation>Mittel über die Bilder mit 95-%-Intervall (nach Student). Die relative Tiefe läuft von 0, dem ersten Zweig oder Block, bis 1, dem letzten, gleich welches Modell.</translation>
    </message>
    <message>
        <source>By relative depth, for other architectures: attention and MLP apart, the model with more of them is read at the depths of the one with fewer, linearly between two neighbours. This compares the course over depth, and no site with its like: it says less than site by site.</source>
        <translation>Nach relativer Tiefe, bei anderen Architekturen: Attention und MLP getrennt; das Modell, das mehr davon hat, wird in den Tiefen desjenigen gelesen, das weniger hat, linear zwischen zwei Nachbarn. Das vergleicht den Verlauf über die Tiefe und keine Stelle mit ihresgleichen: Es sagt weniger als Stelle für Stelle.</translation>
    </message>
    <message>
        <source>score</source>
        <translation>Maß</translation>
    </message>
    <message>
        <source>sites</source>
        <translation>Stellen</translation>
    </message>
    <message>
        <source>matched</source>
        <translation>zugeordnet</translation>
    </message>
    <message>
        <source>Kendall&apos;s tau-b</source>
        <translation>Kendalls Tau-b</translation>
    </message>
    <message>
        <source>file</source>
        <translation>Datei</translation>
    </message>
    <message>
        <source>begun</source>
        <translation>begonnen</translation>
    </message>
    <message>
        <source>The same figures again, to the last digit, from the same files; --json has all of them:</source>
        <translation>Dieselben Zahlen noch einmal, bis zur letzten Stelle, aus denselben Dateien; --json enthält sie alle:</translation>
    </message>
    <message>
        <source>What was done for each:</source>
        <translation>Was für jede getan wurde:</translation>
    </message>
    <message>
        <source>when</source>
        <translation>wann</translation>
    </message>
    <message>
        <source>what</source>
        <translation>was</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>Sekunden</translation>
    </message>
    <message>
        <source>Comparing orders</source>
        <translation>Reihenfolgen werden verglichen</translation>
    </message>
    <message>
        <source>pairs</source>
        <translation>Paare</translation>
    </message>
    <message>
        <source>Fitting candidates</source>
        <translation>Kandidaten werden angepasst</translation>
    </message>
    <message>
        <source>batches</source>
        <translation>Batches</translation>
    </message>
    <message>
        <source>Leaving out each site</source>
        <translation>Jede Stelle wird weggelassen</translation>
    </message>
    <message>
        <source>Repairing each site</source>
        <translation>Jede Stelle wird repariert</translation>
    </message>
    <message>
        <source>The head reads the class token only: what the last block does to patch tokens never reaches it.</source>
        <translation>Der Kopf liest nur das Klassen-Token: Was der letzte Block mit den Patch-Tokens tut, erreicht ihn nie.</translation>
    </message>
    <message>
        <source>The head reads the class and distillation tokens only: what the last block does to patch tokens never reaches it.</source>
        <translation>Der Kopf liest nur Klassen- und Destillations-Token: Was der letzte Block mit den Patch-Tokens tut, erreicht ihn nie.</translation>
    </message>
    <message>
        <source>This model has attention, but no residual branch of which ViTPrune can prove that it can go.</source>
        <translation>Dieses Modell hat Attention, aber keinen residualen Zweig, von dem ViTPrune nachweisen kann, dass er entfallen kann.</translation>
    </message>
    <message>
        <source>This model has no part that can go: what follows needs each of its blocks.</source>
        <translation>Dieses Modell hat keinen Teil, der entfallen kann: Was folgt, braucht jeden seiner Blöcke.</translation>
    </message>
    <message>
        <source>This model has no attention: ViTPrune shows it, and prunes vision transformers only.</source>
        <translation>Dieses Modell hat keine Attention: ViTPrune zeigt es und kürzt nur Vision Transformer.</translation>
    </message>
    <message>
        <source>This model has no block that ViTPrune knows, and without its weights it cannot be examined.</source>
        <translation>Dieses Modell hat keinen Block, den ViTPrune kennt, und ohne seine Gewichte lässt es sich nicht untersuchen.</translation>
    </message>
    <message>
        <source>Looking into archives</source>
        <translation>Archive werden durchgesehen</translation>
    </message>
    <message>
        <source>archives</source>
        <translation>Archive</translation>
    </message>
    <message>
        <source>Finding the batch size</source>
        <translation>Die Batchgröße wird gesucht</translation>
    </message>
    <message>
        <source>A norm is over all of its hidden neurons together.</source>
        <translation>Eine Normierung reicht über alle ihre verborgenen Neuronen gemeinsam.</translation>
    </message>
    <message>
        <source>A norm is over all of its heads together.</source>
        <translation>Eine Normierung reicht über alle ihre Köpfe gemeinsam.</translation>
    </message>
    <message>
        <source>tables</source>
        <translation>Tabellen</translation>
    </message>
    <message>
        <source>Heads</source>
        <translation>Köpfe</translation>
    </message>
    <message>
        <source>Asking the head</source>
        <translation>Der Kopf wird gefragt</translation>
    </message>
    <message>
        <source>parts</source>
        <translation>Teile</translation>
    </message>
    <message>
        <source>Comparing layers</source>
        <translation>Schichten werden verglichen</translation>
    </message>
    <message>
        <source>Looking for patches</source>
        <translation>Patches werden gesucht</translation>
    </message>
    <message>
        <source>Cutting out patches</source>
        <translation>Patches werden ausgeschnitten</translation>
    </message>
    <message>
        <source>Patches taken away</source>
        <translation>Patches werden weggenommen</translation>
    </message>
    <message>
        <source>Asking the hub</source>
        <translation>Der Hub wird gefragt</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>Downloading</source>
        <translation>Wird heruntergeladen</translation>
    </message>
    <message>
        <source>Evaluating</source>
        <translation>Wird ausgewertet</translation>
    </message>
    <message>
        <source>Comparing</source>
        <translation>Wird verglichen</translation>
    </message>
    <message>
        <source>Reading activations</source>
        <translation>Aktivierungen werden gelesen</translation>
    </message>
    <message>
        <source>Comparing the rebuilt model</source>
        <translation>Das neu gebaute Modell wird verglichen</translation>
    </message>
    <message>
        <source>Tracing the model</source>
        <translation>Das Modell wird aufgezeichnet</translation>
    </message>
    <message>
        <source>Converting to ONNX</source>
        <translation>Umwandlung in ONNX</translation>
    </message>
    <message>
        <source>Comparing with ONNX Runtime</source>
        <translation>Vergleich mit ONNX Runtime</translation>
    </message>
    <message>
        <source>Comparing the program of torch.export</source>
        <translation>Das Programm von torch.export wird verglichen</translation>
    </message>
    <message>
        <source>It is the model&apos;s pooling, without which its head has nothing to read.</source>
        <translation>Sie ist das Pooling des Modells; ohne sie hat sein Kopf nichts zu lesen.</translation>
    </message>
    <message>
        <source>It hands on the class token alone, which all that follows counts on.</source>
        <translation>Sie reicht allein das Klassen-Token weiter, worauf alles Folgende zählt.</translation>
    </message>
    <message>
        <source>It changes the resolution or the width, so what follows needs it.</source>
        <translation>Sie ändert die Auflösung oder die Breite, und was folgt, braucht das.</translation>
    </message>
    <message>
        <source>It widens the stream, and what follows needs that.</source>
        <translation>Sie weitet den Strom, und was folgt, braucht das.</translation>
    </message>
    <message>
        <source>Its attention halves the resolution and widens the stream, and what follows needs that.</source>
        <translation>Ihre Attention halbiert die Auflösung und weitet den Strom, und was folgt, braucht das.</translation>
    </message>
    <message>
        <source>It halves the resolution, and what follows is built for that.</source>
        <translation>Sie halbiert die Auflösung, und was folgt, ist dafür gebaut.</translation>
    </message>
    <message>
        <source>, and what follows needs that.</source>
        <translation>, und was folgt, braucht das.</translation>
    </message>
    <message>
        <source>its norms normalise the stream, and what follows needs that.</source>
        <translation>Ihre Normierungen normieren den Strom, und was folgt, braucht das.</translation>
    </message>
    <message>
        <source>Its stream holds tokens before images: build it with batch_first=True.</source>
        <translation>Ihr Strom hat die Tokens vor den Bildern: Bauen Sie es mit batch_first=True.</translation>
    </message>
    <message>
        <source>Reading images</source>
        <translation>Bilder werden gelesen</translation>
    </message>
    <message>
        <source>Preparing</source>
        <translation>Wird vorbereitet</translation>
    </message>
    <message>
        <source>Measuring speed</source>
        <translation>Geschwindigkeit wird gemessen</translation>
    </message>
    <message>
        <source>rounds</source>
        <translation>Runden</translation>
    </message>
    <message>
        <source>Timing the sites</source>
        <translation>Zeit der Stellen wird gemessen</translation>
    </message>
    <message>
        <source>Looking for sessions</source>
        <translation>Sitzungen werden gesucht</translation>
    </message>
    <message>
        <source>sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Reading sessions</source>
        <translation>Sitzungen werden gelesen</translation>
    </message>
    <message>
        <source>rewrites</source>
        <translation>Umformungen</translation>
    </message>
    <message>
        <source>Comparing sessions</source>
        <translation>Sitzungen werden verglichen</translation>
    </message>
    <message>
        <source>Opening sessions</source>
        <translation>Sitzungen werden geöffnet</translation>
    </message>
    <message>
        <source>Repairing</source>
        <translation>Wird repariert</translation>
    </message>
    <message>
        <source>Analysing</source>
        <translation>Wird analysiert</translation>
    </message>
    <message>
        <source>Choosing sites</source>
        <translation>Stellen werden gewählt</translation>
    </message>
    <message>
        <source>methods</source>
        <translation>Verfahren</translation>
    </message>
    <message>
        <source>Measuring plans</source>
        <translation>Pläne werden gemessen</translation>
    </message>
    <message>
        <source>Gradients</source>
        <translation>Gradienten</translation>
    </message>
    <message>
        <source>Reading pictures</source>
        <translation>Abbilder werden gelesen</translation>
    </message>
    <message>
        <source>It had the time that it was given.</source>
        <translation>Die vorgesehene Zeit war um.</translation>
    </message>
    <message>
        <source>It was stopped.</source>
        <translation>Es wurde angehalten.</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>Training</translation>
    </message>
    <message>
        <source>Finding a learning rate</source>
        <translation>Eine Lernrate wird gesucht</translation>
    </message>
    <message>
        <source>The loss on the held-out images rose.</source>
        <translation>Der Verlust auf den zurückgehaltenen Bildern stieg.</translation>
    </message>
    <message>
        <source>Variances of units</source>
        <translation>Varianzen der Einheiten</translation>
    </message>
    <message>
        <source>Means of units</source>
        <translation>Mittel der Einheiten</translation>
    </message>
    <message>
        <source>Gradients of units</source>
        <translation>Gradienten der Einheiten</translation>
    </message>
    <message>
        <source>It computes together with another branch.</source>
        <translation>Sie rechnet zusammen mit einem anderen Zweig.</translation>
    </message>
    <message>
        <source>Several of its heads share their keys and values.</source>
        <translation>Mehrere ihrer Köpfe teilen sich Schlüssel und Werte.</translation>
    </message>
    <message>
        <source>Its layers are not plain linear ones.</source>
        <translation>Ihre Schichten sind nicht einfach linear.</translation>
    </message>
    <message>
        <source>It has one unit only.</source>
        <translation>Sie hat nur eine Einheit.</translation>
    </message>
    <message>
        <source>Saving the session</source>
        <translation>Die Sitzung wird gespeichert</translation>
    </message>
    <message>
        <source>Reading the session</source>
        <translation>Die Sitzung wird gelesen</translation>
    </message>
    <message>
        <source>Opening the model</source>
        <translation>Das Modell wird geöffnet</translation>
    </message>
    <message>
        <source>Comparing image by image</source>
        <translation>Wird Bild für Bild verglichen</translation>
    </message>
    <message>
        <source>Looking for images</source>
        <translation>Bilder werden gesucht</translation>
    </message>
    <message>
        <source>Writing the folder</source>
        <translation>Der Ordner wird geschrieben</translation>
    </message>
    <message>
        <source>Rewriting and comparing logits</source>
        <translation>Umformung und Vergleich der Logits</translation>
    </message>
    <message>
        <source>At each step the site goes without which the model, with the repair that was asked for, stays closest to the dense one: the mean KL divergence between their predictions, or, for a model without a head, the mean angle between their features. It needs no labels. Candidates race: most are out after few images, first those that suffered most so far, once a paired test says that they are worse. For 8 of the 24 sublayers of a DINOv2 ViT-S and 600 images that took 5.7 times fewer forwards and 5.4 times less time than trying everything, with the same choices. With a repair, two thirds of the images are fitted to and one third decides. With the granularity mixed, parts of the heads and neurons of a branch are candidates too, and what counts is the damage for what is saved.</source>
        <translation>In jedem Schritt entfällt die Stelle, ohne die das Modell mit der verlangten Reparatur dem vollen am nächsten bleibt: die mittlere KL-Divergenz zwischen ihren Vorhersagen oder, bei einem Modell ohne Kopf, der mittlere Winkel zwischen ihren Merkmalen. Das braucht keine Beschriftungen. Kandidaten laufen um die Wette: Die meisten scheiden nach wenigen Bildern aus, zuerst die mit dem bisher größten Schaden, sobald ein gepaarter Test sagt, dass sie schlechter sind. Für 8 der 24 Teilschichten eines DINOv2 ViT-S und 600 Bilder brauchte das 5.7-mal weniger Durchläufe und 5.4-mal weniger Zeit als alles zu versuchen, mit derselben Auswahl. Mit einer Reparatur dienen zwei Drittel der Bilder der Anpassung, und ein Drittel entscheidet. Bei der Körnung „mixed“ sind auch Teile der Köpfe und Neuronen eines Zweigs Kandidaten, und es zählt der Schaden im Verhältnis zu dem, was gespart wird.</translation>
    </message>
    <message>
        <source>What a part of it costs is not known.</source>
        <translation>Es ist nicht bekannt, was ein Teil von ihr kostet.</translation>
    </message>
    <message>
        <source>layers</source>
        <translation>Schichten</translation>
    </message>
    <message>
        <source>Loading PyTorch</source>
        <translation>PyTorch wird geladen</translation>
    </message>
    <message>
        <source>Resampling images</source>
        <translation>Bilder werden neu gezogen</translation>
    </message>
    <message>
        <source>{difference}; shown to be within {margin} pp (p {p}).</source>
        <translation>{difference}; nachweislich höchstens {margin} Prozentpunkte (p {p}).</translation>
    </message>
    <message>
        <source>{difference}; not shown to be within {margin} pp (p {p}).</source>
        <translation>{difference}; höchstens {margin} Prozentpunkte sind nicht nachgewiesen (p {p}).</translation>
    </message>
    <message>
        <source>timm publishes {published} top-1 for {name}; the dense model reaches {measured} on {n} images of ImageNet-1k. Indicative only: {classes} of the {all} classes are present.</source>
        <translation>timm veröffentlicht {published} Top-1 für {name}; das volle Modell erreicht {measured} auf {n} Bildern von ImageNet-1k. Nur ein Anhaltspunkt: {classes} der {all} Klassen kommen vor.</translation>
    </message>
    <message>
        <source>timm publishes {published} top-1 for {name}; the dense model reaches {measured} on {n} images of ImageNet-1k, which agrees.</source>
        <translation>timm veröffentlicht {published} Top-1 für {name}; das volle Modell erreicht {measured} auf {n} Bildern von ImageNet-1k; das stimmt überein.</translation>
    </message>
    <message>
        <source>timm publishes {published} top-1 for {name}; the dense model reaches {measured} on {n} images of ImageNet-1k, which differs by {points} points: the preprocessing or the weights are likely not those of the published figure.</source>
        <translation>timm veröffentlicht {published} Top-1 für {name}; das volle Modell erreicht {measured} auf {n} Bildern von ImageNet-1k, eine Abweichung von {points} Prozentpunkten: Vermutlich sind Vorverarbeitung oder Gewichte nicht die der veröffentlichten Zahl.</translation>
    </message>
    <message>
        <source>Indicative only: the validation set has {count} images.</source>
        <translation>Nur ein Anhaltspunkt: Der Validierungssatz hat {count} Bilder.</translation>
    </message>
    <message>
        <source>{near} to {far}</source>
        <translation>{near} bis {far}</translation>
    </message>
    <message>
        <source>{near} higher to {far} lower</source>
        <translation>{near} höher bis {far} niedriger</translation>
    </message>
    <message>
        <source>{near} lower to {far} higher</source>
        <translation>{near} niedriger bis {far} höher</translation>
    </message>
    <message>
        <source>{measure} the same (95 % interval {interval}, n {n})</source>
        <translation>{measure} gleich (95-%-Intervall {interval}, n {n})</translation>
    </message>
    <message>
        <source>Choosing site {count}</source>
        <translation>Stelle {count} wird gewählt</translation>
    </message>
    <message>
        <source>Choosing what goes in step {count}</source>
        <translation>Auswahl in Schritt {count}</translation>
    </message>
    <message>
        <source>Choosing the repair of {site}</source>
        <translation>Die Reparatur von {site} wird gewählt</translation>
    </message>
    <message>
        <source>{ended} It was not measured.</source>
        <translation>{ended} Gemessen wurde es nicht.</translation>
    </message>
    <message>
        <source>{ended} It is not proved: {reason}</source>
        <translation>{ended} Es ist nicht nachgewiesen: {reason}</translation>
    </message>
    <message>
        <source>It is not known how to take a part of a {kind}.</source>
        <translation>Es ist nicht bekannt, wie ein Teil von {kind} zu entfernen ist.</translation>
    </message>
    <message>
        <source>blocks of the class {kind} are not covered</source>
        <translation>Blöcke der Klasse {kind} werden nicht unterstützt</translation>
    </message>
    <message>
        <source>{kind} is not covered</source>
        <translation>{kind} wird nicht unterstützt</translation>
    </message>
    <message>
        <source>norms of the class {kind} are not covered</source>
        <translation>Normierungen der Klasse {kind} werden nicht unterstützt</translation>
    </message>
    <message>
        <source>it is not known which tokens the head of {kind} reads</source>
        <translation>es ist nicht bekannt, welche Tokens der Kopf von {kind} liest</translation>
    </message>
    <message>
        <source>the last norm, {kind}, is not known to treat tokens one by one</source>
        <translation>von der letzten Normierung, {kind}, ist nicht bekannt, dass sie Tokens einzeln behandelt</translation>
    </message>
    <message>
        <source>{kind} is not known to treat tokens one by one</source>
        <translation>von {kind} ist nicht bekannt, dass es Tokens einzeln behandelt</translation>
    </message>
    <message>
        <source>it has to be done before {other}, which was done already</source>
        <translation>das muss vor {other} geschehen, was schon geschehen ist</translation>
    </message>
    <message>
        <source>{rewrite}: the logits differ by {count} of their scale.</source>
        <translation>{rewrite}: Die Logits weichen um {count} ihrer Größenordnung ab.</translation>
    </message>
    <message>
        <source>The logits differ by {count} of their scale; {margin} is allowed.</source>
        <translation>Die Logits weichen um {count} ihrer Größenordnung ab; erlaubt ist {margin}.</translation>
    </message>
    <message>
        <source>{name}: no measure in common with {baseline}.</source>
        <translation>{name}: keine Messgröße mit {baseline} gemeinsam.</translation>
    </message>
    <message>
        <source>{name} against {baseline} ({paired}): {difference}; shown to be equal within {margin} pp (p {p}).</source>
        <translation>{name} gegen {baseline} ({paired}): {difference}; nachweislich gleich innerhalb von {margin} PP (p {p}).</translation>
    </message>
    <message>
        <source>{name} against {baseline} ({paired}): {difference}; not shown to be equal within {margin} pp (p {p}).</source>
        <translation>{name} gegen {baseline} ({paired}): {difference}; nicht nachweislich gleich innerhalb von {margin} PP (p {p}).</translation>
    </message>
    <message>
        <source>{name} against {baseline} ({paired}): {difference}.</source>
        <translation>{name} gegen {baseline} ({paired}): {difference}.</translation>
    </message>
    <message>
        <source>paired</source>
        <translation>gepaart</translation>
    </message>
    <message>
        <source>other images, unpaired</source>
        <translation>andere Bilder, ungepaart</translation>
    </message>
    <message>
        <source>{measure} the same (95 % interval {interval}, n {n}; {test} p {p}, adjusted {adjusted})</source>
        <translation>{measure} gleich (95-%-Intervall {interval}, n {n}; {test} p {p}, angepasst {adjusted})</translation>
    </message>
    <message>
        <source>{measure} {amount} lower (95 % interval {interval}, n {n})</source>
        <translation>{measure} {amount} niedriger (95-%-Intervall {interval}, n {n})</translation>
    </message>
    <message>
        <source>{measure} {amount} lower (95 % interval {interval}, n {n}; {test} p {p}, adjusted {adjusted})</source>
        <translation>{measure} {amount} niedriger (95-%-Intervall {interval}, n {n}; {test} p {p}, angepasst {adjusted})</translation>
    </message>
    <message>
        <source>{measure} {amount} higher (95 % interval {interval}, n {n})</source>
        <translation>{measure} {amount} höher (95-%-Intervall {interval}, n {n})</translation>
    </message>
    <message>
        <source>{measure} {amount} higher (95 % interval {interval}, n {n}; {test} p {p}, adjusted {adjusted})</source>
        <translation>{measure} {amount} höher (95-%-Intervall {interval}, n {n}; {test} p {p}, angepasst {adjusted})</translation>
    </message>
    <message>
        <source>Left out: {problem} [{code}]</source>
        <translation>Ausgelassen: {problem} [{code}]</translation>
    </message>
    <message>
        <source>{count} ({repaired} sites repaired)</source>
        <translation>{count} ({repaired} Stellen repariert)</translation>
    </message>
    <message>
        <source>the baseline; {chosen}</source>
        <translation>der Bezug; {chosen}</translation>
    </message>
    <message>
        <source>With 95 % intervals over images. The difference is from the baseline; p is of no difference, and adjusted (Holm) for the number of sessions tested against the baseline by that measure. Equal: the 90 % interval of the difference lies within {margin} pp either way (two one-sided tests).</source>
        <translation>Mit 95-%-Intervallen über die Bilder. Der Unterschied ist der zum Bezug; p gehört zur Annahme, dass es keinen gibt, und ist (nach Holm) für die Zahl der Sitzungen angepasst, die mit dieser Messgröße gegen den Bezug getestet sind. Gleich: Das 90-%-Intervall des Unterschieds liegt nach beiden Seiten innerhalb von {margin} PP (zwei einseitige Tests).</translation>
    </message>
    <message>
        <source>{name}: Paired, image by image: both are of the same {count} images.</source>
        <translation>{name}: Gepaart, Bild für Bild: Beide sind von denselben {count} Bildern.</translation>
    </message>
    <message>
        <source>{name}: Unpaired: the evaluations give the same images other labels.</source>
        <translation>{name}: Ungepaart: Die Auswertungen geben denselben Bildern andere Klassen.</translation>
    </message>
    <message>
        <source>{name}: Unpaired: the evaluations are of different images: {one} and {other}.</source>
        <translation>{name}: Ungepaart: Die Auswertungen sind von verschiedenen Bildern: {one} und {other}.</translation>
    </message>
    <message>
        <source>{name}: Unpaired: the evaluations give the same images other labels. Their classes differ too, so that the tasks are not the same.</source>
        <translation>{name}: Ungepaart: Die Auswertungen geben denselben Bildern andere Klassen. Auch die Klassen selbst sind verschieden, die Aufgaben also nicht dieselben.</translation>
    </message>
    <message>
        <source>{name}: Unpaired: the evaluations are of different images: {one} and {other}. Their classes differ too, so that the tasks are not the same.</source>
        <translation>{name}: Ungepaart: Die Auswertungen sind von verschiedenen Bildern: {one} und {other}. Auch die Klassen sind verschieden, die Aufgaben also nicht dieselben.</translation>
    </message>
    <message>
        <source>{measure}, not measured in the baseline and another: {values}.</source>
        <translation>{measure}, nicht im Bezug und einer anderen gemessen: {values}.</translation>
    </message>
    <message>
        <source>Difference from {baseline}: {measure}</source>
        <translation>Unterschied zu {baseline}: {measure}</translation>
    </message>
    <message>
        <source>yes (p {p})</source>
        <translation>ja (p {p})</translation>
    </message>
    <message>
        <source>not shown (p {p})</source>
        <translation>nicht nachgewiesen (p {p})</translation>
    </message>
    <message>
        <source>McNemar&apos;s exact test</source>
        <translation>exakter McNemar-Test</translation>
    </message>
    <message>
        <source>Student&apos;s paired t</source>
        <translation>gepaarter t-Test</translation>
    </message>
    <message>
        <source>score test of two shares</source>
        <translation>Score-Test zweier Anteile</translation>
    </message>
    <message>
        <source>Welch&apos;s t</source>
        <translation>Welch-Test</translation>
    </message>
    <message>
        <source>without labels</source>
        <translation>ohne Beschriftung</translation>
    </message>
    <message>
        <source>to the {target}, on {n} images {digest}</source>
        <translation>an: {target}, auf {n} Bildern {digest}</translation>
    </message>
    <message>
        <source>the baseline was not timed</source>
        <translation>für den Bezug wurde keine Zeit gemessen</translation>
    </message>
    <message>
        <source>{count}, 1 thread, {device}</source>
        <translation>{count}, 1 Thread, {device}</translation>
    </message>
    <message>
        <source>{count}, {n} threads, {device}</source>
        <translation>{count}, {n} Threads, {device}</translation>
    </message>
    <message>
        <source>All evaluations of the baseline&apos;s images. On the frontier: none is as cheap and as good and better in one of the two.</source>
        <translation>Alle Auswertungen der Bilder des Bezugs. Auf der Front: keine ist so billig und so gut und in einem von beiden besser.</translation>
    </message>
    <message>
        <source>All evaluations of the baseline&apos;s images. On the frontier: none is as cheap and as good and better in one of the two. {note}</source>
        <translation>Alle Auswertungen der Bilder des Bezugs. Auf der Front: keine ist so billig und so gut und in einem von beiden besser. {note}</translation>
    </message>
    <message>
        <source>{count} evaluations of other images are left out.</source>
        <translation>{count} Auswertungen anderer Bilder sind ausgelassen.</translation>
    </message>
    <message>
        <source>{count} of {n} were not timed, or not as those of {name} were.</source>
        <translation>{count} von {n} wurden nicht zeitlich gemessen oder nicht so wie die von {name}.</translation>
    </message>
    <message>
        <source>on the frontier by {cost}</source>
        <translation>auf der Front nach {cost}</translation>
    </message>
    <message>
        <source>{name}, the baseline, removes 1 branch.</source>
        <translation>{name}, der Bezug, entfernt 1 Zweig.</translation>
    </message>
    <message>
        <source>{name}, the baseline, removes {count} branches.</source>
        <translation>{name}, der Bezug, entfernt {count} Zweige.</translation>
    </message>
    <message>
        <source>{name}: other architectures: their sites cannot be matched.</source>
        <translation>{name}: andere Architekturen: Ihre Stellen lassen sich nicht zuordnen.</translation>
    </message>
    <message>
        <source>{name}: neither removes anything.</source>
        <translation>{name}: Keine von beiden entfernt etwas.</translation>
    </message>
    <message>
        <source>{name}: {count} of the branches go in both.</source>
        <translation>{name}: {count} der Zweige entfallen in beiden.</translation>
    </message>
    <message>
        <source>{name}: {count} of the branches go in both; {parts}.</source>
        <translation>{name}: {count} der Zweige entfallen in beiden; {parts}.</translation>
    </message>
    <message>
        <source>only the baseline&apos;s: {sites}</source>
        <translation>nur im Bezug: {sites}</translation>
    </message>
    <message>
        <source>only this one&apos;s: {sites}</source>
        <translation>nur in dieser: {sites}</translation>
    </message>
    <message>
        <source>{sites}: {there} in the baseline, {here} here</source>
        <translation>{sites}: {there} im Bezug, {here} hier</translation>
    </message>
    <message>
        <source>Whether a score orders the sites as in {baseline}: 1 in the same order, 0 none, -1 the opposite; 95 % intervals from resampled images.</source>
        <translation>Ob ein Maß die Stellen ordnet wie in {baseline}: 1 in derselben Reihenfolge, 0 ohne Zusammenhang, -1 umgekehrt; 95-%-Intervalle aus neu gezogenen Bildern.</translation>
    </message>
    <message>
        <source>{measure} against {cost}</source>
        <translation>{measure} gegen {cost}</translation>
    </message>
    <message>
        <source>{quantity} ({unit})</source>
        <translation>{quantity} ({unit})</translation>
    </message>
    <message>
        <source>{table}, {kind}</source>
        <translation>{table}, {kind}</translation>
    </message>
    <message>
        <source>Add ViTPrune to the applications menu</source>
        <translation>ViTPrune zum Anwendungsmenü hinzufügen</translation>
    </message>
    <message>
        <source>class</source>
        <translation>Klasse</translation>
    </message>
    <message>
        <source>another</source>
        <translation>andere</translation>
    </message>
    <message>
        <source>{title}: patches by class: {classes}.</source>
        <translation>{title}: Patches nach Klasse: {classes}.</translation>
    </message>
    <message numerus="yes">
        <source>{title}: {lines} at %n place(s), from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: {lines} an %n Stelle, von {low} bis {high}.</numerusform>
            <numerusform>{title}: {lines} an %n Stellen, von {low} bis {high}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n number(s) from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: %n Zahl, von {low} bis {high}.</numerusform>
            <numerusform>{title}: %n Zahlen, von {low} bis {high}.</numerusform>
        </translation>
    </message>
    <message>
        <source>Number {n}: {value}</source>
        <translation>Zahl {n}: {value}</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>Schicht</translation>
    </message>
    <message>
        <source>&amp;Layer</source>
        <translation>&amp;Schicht</translation>
    </message>
    <message>
        <source>&amp;Head</source>
        <translation>&amp;Kopf</translation>
    </message>
    <message>
        <source> of {heads}</source>
        <translation> von {heads}</translation>
    </message>
    <message>
        <source>(not measured yet)</source>
        <translation>(noch nicht gemessen)</translation>
    </message>
    <message>
        <source>{value}, n = {n}</source>
        <translation>{value}, n = {n}</translation>
    </message>
    <message>
        <source>{count} of {images} images</source>
        <translation>{count} von {images} Bildern</translation>
    </message>
    <message>
        <source>{site}: {value}</source>
        <translation>{site}: {value}</translation>
    </message>
    <message>
        <source>{name}, {share}</source>
        <translation>{name}, {share}</translation>
    </message>
    <message>
        <source>{value}, mean of {n} tokens</source>
        <translation>{value}, Mittel von {n} Tokens</translation>
    </message>
    <message>
        <source>block {number}</source>
        <translation>Block {number}</translation>
    </message>
    <message>
        <source>the start</source>
        <translation>Anfang</translation>
    </message>
    <message>
        <source>When it knows</source>
        <translation>Wann es Bescheid weiß</translation>
    </message>
    <message>
        <source>What would the model answer if it stopped early? Its last part, the head, is asked after every block, as if no later block added anything (the logit lens). Watch the classes compete, and when the answer stays.</source>
        <translation>Was würde das Modell antworten, wenn es früher aufhörte? Sein letzter Teil, der Kopf, wird nach jedem Block gefragt, als fügte kein späterer Block etwas hinzu (die Logit-Linse). Sehen Sie, wie die Klassen konkurrieren und ab wann die Antwort bleibt.</translation>
    </message>
    <message>
        <source>Move the depth. The bars are the likeliest classes there; in the map, each patch is given to the head alone, and coloured by the class that it would be taken for: the stronger, the surer.</source>
        <translation>Verschieben Sie die Tiefe. Die Balken sind dort die wahrscheinlichsten Klassen; in der Karte bekommt der Kopf jeden Patch einzeln und färbt ihn nach der Klasse, für die er ihn hielte: je kräftiger, desto sicherer.</translation>
    </message>
    <message>
        <source>The head gives every class a number, its logit. The softmax makes probabilities of them.</source>
        <translation>Der Kopf gibt jeder Klasse eine Zahl, ihr Logit. Der Softmax macht daraus Wahrscheinlichkeiten.</translation>
    </message>
    <message>
        <source>Classes over depth</source>
        <translation>Klassen über die Tiefe</translation>
    </message>
    <message>
        <source>Likeliest classes</source>
        <translation>Wahrscheinlichste Klassen</translation>
    </message>
    <message>
        <source>What each patch says</source>
        <translation>Was jeder Patch sagt</translation>
    </message>
    <message>
        <source>Probability</source>
        <translation>Wahrscheinlichkeit</translation>
    </message>
    <message>
        <source>the answer stays</source>
        <translation>die Antwort bleibt</translation>
    </message>
    <message>
        <source>The whole image</source>
        <translation>Das ganze Bild</translation>
    </message>
    <message>
        <source>Each patch alone</source>
        <translation>Jeder Patch allein</translation>
    </message>
    <message>
        <source>Alone, {token} would be taken for {name}, p = &lt;b&gt;{share}&lt;/b&gt;</source>
        <translation>Allein würde {token} für {name} gehalten, p = &lt;b&gt;{share}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>Logits {depth}: {logits}, …</source>
        <translation>Logits {depth}: {logits}, …</translation>
    </message>
    <message>
        <source>p = exp(z) / Σ exp(z): p({name}) = exp({logit}) / {total} = &lt;b&gt;{share}&lt;/b&gt;, over {count} classes</source>
        <translation>p = exp(z) / Σ exp(z): p({name}) = exp({logit}) / {total} = &lt;b&gt;{share}&lt;/b&gt;, über {count} Klassen</translation>
    </message>
    <message>
        <source>The answer, {name}, leads first {first} and stays from there on: {stays}.</source>
        <translation>Die Antwort, {name}, liegt {first} zum ersten Mal vorn, {stays} dann endgültig.</translation>
    </message>
    <message>
        <source>The answer, {name}, leads {first} and stays.</source>
        <translation>Die Antwort, {name}, liegt {first} vorn und bleibt es.</translation>
    </message>
    <message>
        <source>There is no map: {reason}</source>
        <translation>Es gibt keine Karte: {reason}</translation>
    </message>
    <message>
        <source>A lesson has no pictures: point at what the window shows instead.</source>
        <translation>Eine Lektion hat keine Bilder: Weisen Sie stattdessen auf das hin, was das Fenster zeigt.</translation>
    </message>
    <message>
        <source>A lesson has no links.</source>
        <translation>Eine Lektion hat keine Links.</translation>
    </message>
    <message>
        <source>A lesson has no HTML, but *slanted*, **bold** and `code`.</source>
        <translation>Eine Lektion hat kein HTML, aber *kursiv*, **fett** und `Code`.</translation>
    </message>
    <message>
        <source>a tab</source>
        <translation>ein Reiter</translation>
    </message>
    <message>
        <source>a page of the Learn tab</source>
        <translation>eine Seite des Reiters Lernen</translation>
    </message>
    <message>
        <source>a level</source>
        <translation>eine Ebene</translation>
    </message>
    <message>
        <source>a metric</source>
        <translation>ein Maß</translation>
    </message>
    <message>
        <source>a measure</source>
        <translation>eine Messgröße</translation>
    </message>
    <message>
        <source>a repair</source>
        <translation>eine Reparatur</translation>
    </message>
    <message>
        <source>a question about the image</source>
        <translation>eine Frage zum Bild</translation>
    </message>
    <message>
        <source>an opinion of the page about rollout</source>
        <translation>eine Meinung der Seite über Rollout</translation>
    </message>
    <message>
        <source>a target</source>
        <translation>ein Ziel</translation>
    </message>
    <message>
        <source>Correct the file; the page about lessons in the documentation says how one is written.</source>
        <translation>Berichtigen Sie die Datei; wie man eine schreibt, sagt in der Dokumentation die Seite über Lektionen.</translation>
    </message>
    <message>
        <source>This is too long for a lesson: at most {n} characters.</source>
        <translation>Das ist für eine Lektion zu lang: höchstens {n} Zeichen.</translation>
    </message>
    <message>
        <source>A lesson has one title. A step begins with “## ”.</source>
        <translation>Eine Lektion hat einen Titel. Ein Schritt beginnt mit „## “.</translation>
    </message>
    <message>
        <source>Headings are “# Title” for the lesson and “## Title” for a step.</source>
        <translation>Überschriften sind „# Titel“ für die Lektion und „## Titel“ für einen Schritt.</translation>
    </message>
    <message>
        <source>Before the first step there are only the title and the lines “minutes: …” and “summary: …”; text belongs to a step.</source>
        <translation>Vor dem ersten Schritt stehen nur der Titel und die Zeilen „minutes: …“ und „summary: …“; Text gehört zu einem Schritt.</translation>
    </message>
    <message>
        <source>“{key}:” says nothing here.</source>
        <translation>„{key}:“ hat hier keine Bedeutung.</translation>
    </message>
    <message>
        <source>“{key}:” was said already.</source>
        <translation>„{key}:“ steht schon da.</translation>
    </message>
    <message>
        <source>“{key}:” says nothing.</source>
        <translation>„{key}:“ ist leer.</translation>
    </message>
    <message>
        <source>A step asks one question: put the other one into a step of its own.</source>
        <translation>Ein Schritt stellt eine Frage: Stellen Sie die andere in einem eigenen Schritt.</translation>
    </message>
    <message>
        <source>There is no question yet: it begins with “? ”.</source>
        <translation>Noch gibt es keine Frage: Sie beginnt mit „? “.</translation>
    </message>
    <message>
        <source>This choice has no text.</source>
        <translation>Diese Antwort hat keinen Text.</translation>
    </message>
    <message>
        <source>A number is written as “= 64”, “= 64 ± 5”, or “= {figure} ± 10 %”.</source>
        <translation>Eine Zahl schreibt man „= 64“, „= 64 ± 5“ oder „= {figure} ± 10 %“.</translation>
    </message>
    <message>
        <source>Every line of what is revealed begins with “&gt;”; other text goes before the question.</source>
        <translation>Jede Zeile der Auflösung beginnt mit „&gt;“; anderer Text steht vor der Frage.</translation>
    </message>
    <message>
        <source>After the question come its choices, or “= number”, and what is revealed, with “&gt;”; other text goes before the question.</source>
        <translation>Auf die Frage folgen ihre Antworten oder „= Zahl“ und die Auflösung mit „&gt;“; anderer Text steht vor der Frage.</translation>
    </message>
    <message>
        <source>A lesson begins with its title: “# Title”.</source>
        <translation>Eine Lektion beginnt mit ihrem Titel: „# Titel“.</translation>
    </message>
    <message>
        <source>“{key}: …” is missing below the title.</source>
        <translation>„{key}: …“ fehlt unter dem Titel.</translation>
    </message>
    <message>
        <source>“{text}” is no number of minutes from 1 to {most}.</source>
        <translation>„{text}“ ist keine Zahl von Minuten von 1 bis {most}.</translation>
    </message>
    <message>
        <source>“{name}” is no model.</source>
        <translation>„{name}“ ist kein Modell.</translation>
    </message>
    <message>
        <source>There is no step: each begins with “## Title”.</source>
        <translation>Es gibt keinen Schritt: Jeder beginnt mit „## Titel“.</translation>
    </message>
    <message>
        <source>A lesson has at most {n} steps.</source>
        <translation>Eine Lektion hat höchstens {n} Schritte.</translation>
    </message>
    <message>
        <source>This step has no title.</source>
        <translation>Dieser Schritt hat keinen Titel.</translation>
    </message>
    <message>
        <source>This step has no text.</source>
        <translation>Dieser Schritt hat keinen Text.</translation>
    </message>
    <message>
        <source>Pages and levels are those of the tab learn: leave “tab:” out.</source>
        <translation>Seiten und Ebenen gehören zum Reiter learn: Lassen Sie „tab:“ weg.</translation>
    </message>
    <message>
        <source>“do:” says what is waited for, and nothing is: add “until: …”.</source>
        <translation>„do:“ sagt, worauf gewartet wird, doch gewartet wird auf nichts: Ergänzen Sie „until: …“.</translation>
    </message>
    <message>
        <source>Nothing is revealed: say what is right, and why, in lines that begin with “&gt;”.</source>
        <translation>Es gibt keine Auflösung: Sagen Sie in Zeilen, die mit „&gt;“ beginnen, was richtig ist und warum.</translation>
    </message>
    <message>
        <source>What is revealed follows a question (“? …”) or something to do (“until: …”).</source>
        <translation>Eine Auflösung folgt auf eine Frage („? …“) oder auf etwas, das zu tun ist („until: …“).</translation>
    </message>
    <message>
        <source>A question has choices or a number, not both.</source>
        <translation>Eine Frage hat Antworten oder eine Zahl, nicht beides.</translation>
    </message>
    <message>
        <source>A question has at least two choices (“- [ ] wrong”, “- [x] right”), or a number (“= 64 ± 5”).</source>
        <translation>Eine Frage hat mindestens zwei Antworten („- [ ] falsch“, „- [x] richtig“) oder eine Zahl („= 64 ± 5“).</translation>
    </message>
    <message>
        <source>No choice is right: mark those that are with “- [x]”.</source>
        <translation>Keine Antwort ist richtig: Kennzeichnen Sie die richtigen mit „- [x]“.</translation>
    </message>
    <message>
        <source>Two choices say the same.</source>
        <translation>Zwei Antworten sagen dasselbe.</translation>
    </message>
    <message>
        <source>“{name}” is not {kind}.</source>
        <translation>Hier gehört {kind} hin, nicht „{name}“.</translation>
    </message>
    <message>
        <source>“{name}” is no site of the sample. They are blocks.0 to blocks.{last}, each with .attn and .mlp.</source>
        <translation>„{name}“ ist keine Stelle des Beispiels. Es sind blocks.0 bis blocks.{last}, jeweils mit .attn und .mlp.</translation>
    </message>
    <message>
        <source>“{name}” is nothing that can be waited for.</source>
        <translation>Auf „{name}“ lässt sich nicht warten.</translation>
    </message>
    <message>
        <source>“{name}” needs to say which: “until: {name} …”.</source>
        <translation>Bei „{name}“ fehlt, wovon: „until: {name} …“.</translation>
    </message>
    <message>
        <source>“{name}” stands alone, without “{about}”.</source>
        <translation>„{name}“ steht allein, ohne „{about}“.</translation>
    </message>
    <message>
        <source>“{text}” is no number of a head: they are counted from 1.</source>
        <translation>„{text}“ ist keine Nummer eines Kopfes: Gezählt wird ab 1.</translation>
    </message>
    <message>
        <source>“{name}” is no figure.</source>
        <translation>„{name}“ ist keine Größe.</translation>
    </message>
    <message>
        <source>“{name}” is written as {form}.</source>
        <translation>„{name}“ schreibt man {form}.</translation>
    </message>
    <message>
        <source>Perhaps {names}?</source>
        <translation>Vielleicht {names}?</translation>
    </message>
    <message>
        <source>There are: {names}.</source>
        <translation>Es gibt: {names}.</translation>
    </message>
    <message>
        <source>There are {n}, of these kinds: {names}.</source>
        <translation>Es gibt {n}, von diesen Arten: {names}.</translation>
    </message>
    <message>
        <source>How alike tokens are</source>
        <translation>Wie ähnlich Tokens sind</translation>
    </message>
    <message>
        <source>Attention mixes the tokens with each other, so they may become alike. Left: the mean cosine of all pairs of patches, after every block. Right: the effective rank, in how many directions the patches differ. Where both stand still, the blocks change little of how patches lie to each other.</source>
        <translation>Attention mischt die Tokens miteinander, also können sie einander ähnlich werden. Links: der mittlere Kosinus aller Paare von Patches nach jedem Block. Rechts: der effektive Rang, in wie vielen Richtungen sich die Patches unterscheiden. Wo beide stillstehen, ändern die Blöcke wenig daran, wie die Patches zueinander liegen.</translation>
    </message>
    <message>
        <source>Click a patch: the small maps show how alike all others are to it, at every depth. Click a map, or move the depth, to see it over the image. At first what looks alike is alike, later what means the same.</source>
        <translation>Klicken Sie auf einen Patch: Die kleinen Karten zeigen, wie ähnlich ihm alle anderen sind, in jeder Tiefe. Klicken Sie auf eine Karte, oder verschieben Sie die Tiefe, um sie über dem Bild zu sehen. Zuerst ist ähnlich, was ähnlich aussieht, später, was dasselbe bedeutet.</translation>
    </message>
    <message>
        <source>The cosine of two tokens, and the effective rank of all patches, at the chosen depth.</source>
        <translation>Der Kosinus zweier Tokens und der effektive Rang aller Patches in der gewählten Tiefe.</translation>
    </message>
    <message>
        <source>Similarity of patches</source>
        <translation>Ähnlichkeit der Patches</translation>
    </message>
    <message>
        <source>Effective rank</source>
        <translation>Effektiver Rang</translation>
    </message>
    <message>
        <source>At every depth</source>
        <translation>In jeder Tiefe</translation>
    </message>
    <message>
        <source>mean of all pairs</source>
        <translation>Mittel aller Paare</translation>
    </message>
    <message>
        <source>1 = all alike</source>
        <translation>1 = alle gleich</translation>
    </message>
    <message>
        <source>most possible</source>
        <translation>größtmöglich</translation>
    </message>
    <message>
        <source>Directions</source>
        <translation>Richtungen</translation>
    </message>
    <message>
        <source>Like the chosen patch</source>
        <translation>Ähnlich dem Patch</translation>
    </message>
    <message>
        <source>i is {i}, j the patch most like it, {j}: cos(t&lt;sub&gt;i&lt;/sub&gt;, t&lt;sub&gt;j&lt;/sub&gt;) = t&lt;sub&gt;i&lt;/sub&gt;·t&lt;sub&gt;j&lt;/sub&gt; / (‖t&lt;sub&gt;i&lt;/sub&gt;‖ ‖t&lt;sub&gt;j&lt;/sub&gt;‖) = &lt;b&gt;{value}&lt;/b&gt;</source>
        <translation>i ist {i}; am ähnlichsten ist ihm j, {j}: cos(t&lt;sub&gt;i&lt;/sub&gt;, t&lt;sub&gt;j&lt;/sub&gt;) = t&lt;sub&gt;i&lt;/sub&gt;·t&lt;sub&gt;j&lt;/sub&gt; / (‖t&lt;sub&gt;i&lt;/sub&gt;‖ ‖t&lt;sub&gt;j&lt;/sub&gt;‖) = &lt;b&gt;{value}&lt;/b&gt;</translation>
    </message>
    <message numerus="yes">
        <source>Mean over the %n pair(s) of patches: &lt;b&gt;{mean}&lt;/b&gt;</source>
        <translation>
            <numerusform>Mittel über das %n Paar von Patches: &lt;b&gt;{mean}&lt;/b&gt;</numerusform>
            <numerusform>Mittel über die %n Paare von Patches: &lt;b&gt;{mean}&lt;/b&gt;</numerusform>
        </translation>
    </message>
    <message>
        <source>Effective rank: with the singular values σ of the patches and p = σ / Σ σ, exp(−Σ p ln p) = exp({entropy}) = &lt;b&gt;{rank}&lt;/b&gt; of at most {most}</source>
        <translation>Effektiver Rang: mit den Singulärwerten σ der Patches und p = σ / Σ σ ist exp(−Σ p ln p) = exp({entropy}) = &lt;b&gt;{rank}&lt;/b&gt; von höchstens {most}</translation>
    </message>
    <message>
        <source>In the stream {depth}: mean cosine of patches {mean}, effective rank {rank} of at most {most}.</source>
        <translation>Im Strom {depth}: mittlerer Kosinus der Patches {mean}, effektiver Rang {rank} von höchstens {most}.</translation>
    </message>
    <message>
        <source>{quantity} with the chosen one: {value}</source>
        <translation>{quantity} mit dem gewählten: {value}</translation>
    </message>
    <message>
        <source>learned vectors, added to the tokens</source>
        <translation>gelernte Vektoren, zu den Tokens addiert</translation>
    </message>
    <message>
        <source>fixed vectors, added to the tokens</source>
        <translation>feste Vektoren, zu den Tokens addiert</translation>
    </message>
    <message>
        <source>angles that turn queries and keys</source>
        <translation>Winkel, um die Anfragen und Schlüssel gedreht werden</translation>
    </message>
    <message>
        <source>a bias on the scores of attention, by how far apart two patches are</source>
        <translation>ein Zuschlag (Bias) auf die Bewertungen der Attention, je nachdem, wie weit zwei Patches auseinanderliegen</translation>
    </message>
    <message>
        <source>nothing that was found</source>
        <translation>nichts, was zu finden war</translation>
    </message>
    <message>
        <source>Mean cosine of angles</source>
        <translation>Mittlerer Kosinus der Winkel</translation>
    </message>
    <message>
        <source>Mean bias</source>
        <translation>Mittlerer Zuschlag</translation>
    </message>
    <message>
        <source>Position</source>
        <translation>Position</translation>
    </message>
    <message>
        <source>A list has no left and right: without more, the model could not tell where in the image a token was. Each small map is of one patch: how alike its position is to all others. Bright where alike.</source>
        <translation>Eine Liste kennt kein Links und Rechts: Ohne Weiteres wüsste das Modell nicht, wo im Bild ein Token war. Jede kleine Karte gehört zu einem Patch: wie ähnlich seine Position allen anderen ist. Hell heißt ähnlich.</translation>
    </message>
    <message>
        <source>Click a patch, in the image or in its map. Bright are the positions that look like its own to the model: are they its neighbours, its row and its column, or places at the other side? Where positions were learned, nobody told the model which patch lies beside which.</source>
        <translation>Klicken Sie auf einen Patch, im Bild oder in seiner Karte. Hell sind die Positionen, die für das Modell wie seine eigene aussehen: Sind es die Nachbarn, die Zeile und die Spalte, oder Plätze auf der anderen Seite? Wo Positionen gelernt wurden, hat dem Modell niemand gesagt, welcher Patch neben welchem liegt.</translation>
    </message>
    <message>
        <source>What the map shows of the chosen patch, and of the one that is most like it.</source>
        <translation>Was die Karte vom gewählten Patch zeigt und von dem, der ihm am ähnlichsten ist.</translation>
    </message>
    <message>
        <source>Where positions come in</source>
        <translation>Wo Positionen dazukommen</translation>
    </message>
    <message>
        <source>Before the first block</source>
        <translation>Vor dem ersten Block</translation>
    </message>
    <message>
        <source>In one layer</source>
        <translation>In einer Schicht</translation>
    </message>
    <message>
        <source>A map for each patch</source>
        <translation>Eine Karte je Patch</translation>
    </message>
    <message>
        <source>every {n}th patch</source>
        <translation>jeder {n}. Patch</translation>
    </message>
    <message>
        <source>Row {row}, column {column}</source>
        <translation>Zeile {row}, Spalte {column}</translation>
    </message>
    <message>
        <source>Each pair of channels of a query or key is turned by an angle θ that depends on its row or column; what counts is the difference of the angles.</source>
        <translation>Jedes Paar von Kanälen einer Anfrage oder eines Schlüssels wird um einen Winkel θ gedreht, der von Zeile oder Spalte abhängt; was zählt, ist die Differenz der Winkel.</translation>
    </message>
    <message>
        <source>1/{n} · Σ&lt;sub&gt;c&lt;/sub&gt; cos(θ&lt;sub&gt;i,c&lt;/sub&gt; − θ&lt;sub&gt;j,c&lt;/sub&gt;) = 1/{n} · ({terms} + …) = &lt;b&gt;{value}&lt;/b&gt;</source>
        <translation>1/{n} · Σ&lt;sub&gt;c&lt;/sub&gt; cos(θ&lt;sub&gt;i,c&lt;/sub&gt; − θ&lt;sub&gt;j,c&lt;/sub&gt;) = 1/{n} · ({terms} + …) = &lt;b&gt;{value}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>score&lt;sub&gt;ij&lt;/sub&gt; = q&lt;sub&gt;i&lt;/sub&gt;·k&lt;sub&gt;j&lt;/sub&gt; · scale + B&lt;sub&gt;ij&lt;/sub&gt;, another B for each head</source>
        <translation>Bewertung&lt;sub&gt;ij&lt;/sub&gt; = q&lt;sub&gt;i&lt;/sub&gt;·k&lt;sub&gt;j&lt;/sub&gt; · Skalierung + B&lt;sub&gt;ij&lt;/sub&gt;, ein anderes B für jeden Kopf</translation>
    </message>
    <message>
        <source>mean of B&lt;sub&gt;ij&lt;/sub&gt; over {n} heads = ({heads}{more}) / {n} = &lt;b&gt;{value}&lt;/b&gt;</source>
        <translation>Mittel von B&lt;sub&gt;ij&lt;/sub&gt; über {n} Köpfe = ({heads}{more}) / {n} = &lt;b&gt;{value}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>t&lt;sub&gt;i&lt;/sub&gt; ← t&lt;sub&gt;i&lt;/sub&gt; + p&lt;sub&gt;i&lt;/sub&gt;: to the token of each patch i the vector of its place is added.</source>
        <translation>t&lt;sub&gt;i&lt;/sub&gt; ← t&lt;sub&gt;i&lt;/sub&gt; + p&lt;sub&gt;i&lt;/sub&gt;: Zum Token jedes Patches i wird der Vektor seines Platzes addiert.</translation>
    </message>
    <message>
        <source>cos(p&lt;sub&gt;i&lt;/sub&gt;, p&lt;sub&gt;j&lt;/sub&gt;) = p&lt;sub&gt;i&lt;/sub&gt;·p&lt;sub&gt;j&lt;/sub&gt; / (‖p&lt;sub&gt;i&lt;/sub&gt;‖ ‖p&lt;sub&gt;j&lt;/sub&gt;‖) = &lt;b&gt;{value}&lt;/b&gt;</source>
        <translation>cos(p&lt;sub&gt;i&lt;/sub&gt;, p&lt;sub&gt;j&lt;/sub&gt;) = p&lt;sub&gt;i&lt;/sub&gt;·p&lt;sub&gt;j&lt;/sub&gt; / (‖p&lt;sub&gt;i&lt;/sub&gt;‖ ‖p&lt;sub&gt;j&lt;/sub&gt;‖) = &lt;b&gt;{value}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>i is the patch in {i}, j the one in {j}.</source>
        <translation>i ist der Patch in {i}, j der in {j}.</translation>
    </message>
    <message>
        <source>row {row}, column {column}</source>
        <translation>Zeile {row}, Spalte {column}</translation>
    </message>
    <message>
        <source>How this model knows places: {kind}.</source>
        <translation>Woran dieses Modell Orte erkennt: {kind}.</translation>
    </message>
    <message>
        <source>Of {n} patches, {beside} have the position most like theirs right beside them, {mirrored} at the mirrored place of their row.</source>
        <translation>Von {n} Patches haben {beside} die ähnlichste Position direkt neben sich, {mirrored} am gespiegelten Platz ihrer Zeile.</translation>
    </message>
    <message>
        <source>Map of the patch in row {row}, column {column}</source>
        <translation>Karte des Patches in Zeile {row}, Spalte {column}</translation>
    </message>
    <message>
        <source>Open the image</source>
        <translation>Das Bild öffnen</translation>
    </message>
    <message>
        <source>Ask the model what it sees</source>
        <translation>Das Modell fragen, was es sieht</translation>
    </message>
    <message>
        <source>Cut the image into patches</source>
        <translation>Das Bild in Patches schneiden</translation>
    </message>
    <message>
        <source>Read the position embeddings</source>
        <translation>Die Positionseinbettungen lesen</translation>
    </message>
    <message>
        <source>Catch the attention of {site}</source>
        <translation>Die Attention von {site} mitlesen</translation>
    </message>
    <message>
        <source>Look at all heads</source>
        <translation>Alle Köpfe ansehen</translation>
    </message>
    <message>
        <source>Follow attention through the model</source>
        <translation>Der Attention durch das Modell folgen</translation>
    </message>
    <message>
        <source>Read the hidden units of {site}</source>
        <translation>Die verborgenen Einheiten von {site} lesen</translation>
    </message>
    <message>
        <source>Look for the patches that units prefer</source>
        <translation>Die Patches suchen, die Einheiten bevorzugen</translation>
    </message>
    <message>
        <source>Follow the residual stream</source>
        <translation>Dem Residualstrom folgen</translation>
    </message>
    <message>
        <source>Ask the head after every block</source>
        <translation>Den Kopf nach jedem Block fragen</translation>
    </message>
    <message>
        <source>Compare tokens at every depth</source>
        <translation>Tokens in jeder Tiefe vergleichen</translation>
    </message>
    <message>
        <source>Compare all layers with each other</source>
        <translation>Alle Schichten miteinander vergleichen</translation>
    </message>
    <message>
        <source>Make small pictures</source>
        <translation>Vorschaubilder erstellen</translation>
    </message>
    <message>
        <source>Length before the layer</source>
        <translation>Länge vor der Schicht</translation>
    </message>
    <message>
        <source>Length of what is added</source>
        <translation>Länge des Hinzugefügten</translation>
    </message>
    <message>
        <source>Cosine before and after</source>
        <translation>Kosinus davor/danach</translation>
    </message>
    <message>
        <source>all patches</source>
        <translation>alle Patches</translation>
    </message>
    <message>
        <source>the chosen patch</source>
        <translation>der gewählte Patch</translation>
    </message>
    <message>
        <source>The residual stream</source>
        <translation>Der Residualstrom</translation>
    </message>
    <message>
        <source>Every layer reads the tokens and adds something to them; the sum that flows through is the residual stream. Left: how long its tokens are, and what is added. Right: the cosine of the stream before and after each layer, the number that colours the tree. Near 1, the layer has hardly turned the stream.</source>
        <translation>Jede Schicht liest die Tokens und fügt ihnen etwas hinzu; die Summe, die hindurchfließt, ist der Residualstrom. Links: wie lang seine Tokens sind und was hinzukommt. Rechts: der Kosinus des Stroms vor und nach jeder Schicht, die Zahl, die den Baum färbt. Nahe 1 hat die Schicht den Strom kaum gedreht.</translation>
    </message>
    <message>
        <source>Click a layer in the chart, and a patch in the image. The map shows where the layer does much, or little. Small squares mark high-norm tokens: patches far longer than the others, which some models use as a store.</source>
        <translation>Klicken Sie im Diagramm auf eine Schicht und im Bild auf einen Patch. Die Karte zeigt, wo die Schicht viel tut oder wenig. Kleine Quadrate kennzeichnen Tokens mit großer Norm: Patches, die weit länger sind als die anderen und die manche Modelle als Speicher verwenden.</translation>
    </message>
    <message>
        <source>What makes the cosine near 1, or not: how long the added vector is beside the stream, and where it points. Most models normalise a token before a layer reads it (LayerNorm): its direction counts there, not its length.</source>
        <translation>Was den Kosinus nahe 1 bringt oder nicht: wie lang der hinzugefügte Vektor neben dem Strom ist und wohin er zeigt. Die meisten Modelle normieren ein Token, bevor eine Schicht es liest (LayerNorm): Dort zählt die Richtung, nicht die Länge.</translation>
    </message>
    <message>
        <source>Whose figures the points are; of several tokens their mean</source>
        <translation>Wessen Zahlen die Punkte sind; bei mehreren Tokens deren Mittel</translation>
    </message>
    <message>
        <source>What the map shows</source>
        <translation>Was die Karte zeigt</translation>
    </message>
    <message>
        <source>It has no layer that adds to a stream, or the plan removes them all.</source>
        <translation>Es hat keine Schicht, die zu einem Strom etwas hinzufügt, oder der Plan entfernt sie alle.</translation>
    </message>
    <message>
        <source>Block, its layers in order</source>
        <translation>Block, seine Schichten der Reihe nach</translation>
    </message>
    <message>
        <source>{layer} adds</source>
        <translation>{layer} fügt hinzu</translation>
    </message>
    <message>
        <source>1 = not turned</source>
        <translation>1 = nicht gedreht</translation>
    </message>
    <message>
        <source>y = x + b: {layer} adds b to {token}, x. ‖x‖ = &lt;b&gt;{before}&lt;/b&gt;, ‖b‖ = &lt;b&gt;{added}&lt;/b&gt;: ‖b‖ / ‖x‖ = {ratio}</source>
        <translation>y = x + b: {layer} fügt b hinzu, x ist {token}. ‖x‖ = &lt;b&gt;{before}&lt;/b&gt;, ‖b‖ = &lt;b&gt;{added}&lt;/b&gt;: ‖b‖ / ‖x‖ = {ratio}</translation>
    </message>
    <message>
        <source>cos(x, y) = x·y / (‖x‖ ‖y‖) = &lt;b&gt;{cosine}&lt;/b&gt;, an angle of {angle}°</source>
        <translation>cos(x, y) = x·y / (‖x‖ ‖y‖) = &lt;b&gt;{cosine}&lt;/b&gt;, ein Winkel von {angle}°</translation>
    </message>
    <message>
        <source>Whatever its direction, a b of this length leaves a cosine of √(1 − (‖b‖ / ‖x‖)²) = {least} at least: short means little turned.</source>
        <translation>Gleich in welche Richtung, ein b dieser Länge lässt einen Kosinus von mindestens √(1 − (‖b‖ / ‖x‖)²) = {least}: Kurz heißt wenig gedreht.</translation>
    </message>
    <message>
        <source>b is as long as x, or longer: it may turn the token anywhere.</source>
        <translation>b ist so lang wie x oder länger: Es kann das Token beliebig drehen.</translation>
    </message>
    <message>
        <source>Mean cosine of all {n} tokens of this image: &lt;b&gt;{mean}&lt;/b&gt;. The mean over many images colours the tree.</source>
        <translation>Mittlerer Kosinus aller {n} Tokens dieses Bildes: &lt;b&gt;{mean}&lt;/b&gt;. Das Mittel über viele Bilder färbt den Baum.</translation>
    </message>
    <message numerus="yes">
        <source>%n high-norm token(s) before it.</source>
        <translation>
            <numerusform>%n Token mit großer Norm davor.</numerusform>
            <numerusform>%n Tokens mit großer Norm davor.</numerusform>
        </translation>
    </message>
    <message>
        <source>No high-norm token.</source>
        <translation>Kein Token mit großer Norm.</translation>
    </message>
    <message>
        <source>{layer}, {tokens}: length {before}, {added} added ({share}), cosine {cosine}.</source>
        <translation>{layer}, {tokens}: Länge {before}, hinzugefügt {added} ({share}), Kosinus {cosine}.</translation>
    </message>
    <message>
        <source>added {value}</source>
        <translation>hinzugefügt {value}</translation>
    </message>
    <message>
        <source>cosine {value}</source>
        <translation>Kosinus {value}</translation>
    </message>
    <message>
        <source>distillation token</source>
        <translation>Destillations-Token</translation>
    </message>
    <message>
        <source>register {n}</source>
        <translation>Register {n}</translation>
    </message>
    <message>
        <source>extra token {n}</source>
        <translation>zusätzliches Token {n}</translation>
    </message>
    <message>
        <source>The idea, in a picture</source>
        <translation>Die Idee, in einem Bild</translation>
    </message>
    <message>
        <source>Its parts, to be clicked</source>
        <translation>Die Teile, zum Anklicken</translation>
    </message>
    <message>
        <source>The formula, with the numbers of what is chosen</source>
        <translation>Die Formel, mit den Zahlen des Gewählten</translation>
    </message>
    <message>
        <source>Image…</source>
        <translation>Bild…</translation>
    </message>
    <message>
        <source>Look into an image file; one can be dropped here as well</source>
        <translation>Eine Bilddatei untersuchen; sie lässt sich auch hier ablegen</translation>
    </message>
    <message>
        <source>Look into an image</source>
        <translation>Ein Bild untersuchen</translation>
    </message>
    <message>
        <source>Pruned model</source>
        <translation>Gekürztes Modell</translation>
    </message>
    <message>
        <source>Look into the model without what the plan removes</source>
        <translation>Das Modell ohne das untersuchen, was der Plan entfernt</translation>
    </message>
    <message>
        <source>What to look at</source>
        <translation>Was angesehen wird</translation>
    </message>
    <message>
        <source>{n}  {title}</source>
        <translation>{n}  {title}</translation>
    </message>
    <message>
        <source>Open model file…</source>
        <translation>Modelldatei öffnen…</translation>
    </message>
    <message>
        <source>Choose an image…</source>
        <translation>Bild wählen…</translation>
    </message>
    <message>
        <source>image picture photo student teach explain</source>
        <comment>words to find it by</comment>
        <translation>Bild Abbild Foto Student lehren erklären untersuchen</translation>
    </message>
    <message>
        <source>Show this page of the Learn tab</source>
        <translation>Diese Seite des Reiters Lernen zeigen</translation>
    </message>
    <message>
        <source>learn explain inside page</source>
        <comment>words to find it by</comment>
        <translation>lernen erklären innen Seite</translation>
    </message>
    <message>
        <source>learn level depth detail</source>
        <comment>words to find it by</comment>
        <translation>lernen Ebene Tiefe Einzelheiten</translation>
    </message>
    <message>
        <source>Look into an &amp;image…</source>
        <translation>&amp;Bild untersuchen…</translation>
    </message>
    <message>
        <source>Choose an image and see what the model does to it</source>
        <translation>Ein Bild wählen und sehen, was das Modell damit macht</translation>
    </message>
    <message>
        <source>&amp;Next image</source>
        <translation>&amp;Nächstes Bild</translation>
    </message>
    <message>
        <source>Look into the next of the images above</source>
        <translation>Das nächste der Bilder oben untersuchen</translation>
    </message>
    <message>
        <source>&amp;Previous image</source>
        <translation>&amp;Voriges Bild</translation>
    </message>
    <message>
        <source>Look into the image before</source>
        <translation>Das Bild davor untersuchen</translation>
    </message>
    <message>
        <source>Of the pr&amp;uned model</source>
        <translation>Des gek&amp;ürzten Modells</translation>
    </message>
    <message>
        <source>plan removed compare</source>
        <comment>words to find it by</comment>
        <translation>Plan entfernt gekürzt vergleichen</translation>
    </message>
    <message>
        <source>label: {label}</source>
        <translation>Klasse: {label}</translation>
    </message>
    <message>
        <source>the model says: {name}, {share}</source>
        <translation>das Modell sagt: {name}, {share}</translation>
    </message>
    <message>
        <source>the model has no head and names no class</source>
        <translation>das Modell hat keinen Kopf und nennt keine Klasse</translation>
    </message>
    <message>
        <source>{name} ({label})</source>
        <translation>{name} ({label})</translation>
    </message>
    <message>
        <source>See what happens inside the model, from the image to the answer: patches, positions, attention, neurons, and what each layer adds.</source>
        <translation>Sehen Sie, was im Modell geschieht, vom Bild bis zur Antwort: Patches, Positionen, Attention, Neuronen und was jede Schicht hinzufügt.</translation>
    </message>
    <message>
        <source>Open the sample, a small model with its images: the first is looked into at once. Or open a model of your own, and drop an image here.</source>
        <translation>Öffnen Sie das Beispiel, ein kleines Modell mit Bildern: Das erste wird sofort untersucht. Oder öffnen Sie ein eigenes Modell, und legen Sie hier ein Bild ab.</translation>
    </message>
    <message>
        <source>A vision transformer from inside</source>
        <translation>Ein Vision Transformer von innen</translation>
    </message>
    <message>
        <source>The images are looked at.</source>
        <translation>Die Bilder werden angesehen.</translation>
    </message>
    <message>
        <source>Drop an image here, or choose one.</source>
        <translation>Legen Sie hier ein Bild ab, oder wählen Sie eines.</translation>
    </message>
    <message>
        <source>Which image?</source>
        <translation>Welches Bild?</translation>
    </message>
    <message>
        <source>Go to the tab Learn first.</source>
        <translation>Gehen Sie zuerst zum Reiter Lernen.</translation>
    </message>
    <message>
        <source>There is no other image to look into.</source>
        <translation>Es gibt kein anderes Bild zum Untersuchen.</translation>
    </message>
    <message>
        <source>{model} has no part that can go.</source>
        <translation>{model} hat keinen Teil, der entfallen kann.</translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n point(s), {up} from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: %n Punkt, {up} von {low} bis {high}.</numerusform>
            <numerusform>{title}: %n Punkte, {up} von {low} bis {high}.</numerusform>
        </translation>
    </message>
    <message>
        <source>{thing}: {before} before, {after} after</source>
        <translation>{thing}: {before} davor, {after} danach</translation>
    </message>
    <message>
        <source>Read the lessons</source>
        <translation>Die Lektionen lesen</translation>
    </message>
    <message>
        <source>It cannot be read: {reason}.</source>
        <translation>Sie lässt sich nicht lesen: {reason}.</translation>
    </message>
    <message>
        <source>It is not text in UTF-8.</source>
        <translation>Sie ist kein Text in UTF-8.</translation>
    </message>
    <message>
        <source>This lesson is about the model that is open. Open one first.</source>
        <translation>Diese Lektion handelt vom geöffneten Modell. Öffnen Sie zuerst eines.</translation>
    </message>
    <message>
        <source>There is a lesson of this name already.</source>
        <translation>Eine Lektion dieses Namens gibt es schon.</translation>
    </message>
    <message>
        <source>This lesson has mistakes. They are listed in the panel Lessons.</source>
        <translation>Diese Lektion enthält Fehler. Sie stehen im Bereich Lektionen.</translation>
    </message>
    <message>
        <source>Last layer</source>
        <translation>Letzte Schicht</translation>
    </message>
    <message>
        <source>Rollout</source>
        <translation>Rollout</translation>
    </message>
    <message>
        <source>Gradient rollout</source>
        <translation>Gradienten-Rollout</translation>
    </message>
    <message>
        <source>Relevance</source>
        <translation>Relevanz</translation>
    </message>
    <message>
        <source>Attention is no explanation</source>
        <translation>Attention ist keine Erklärung</translation>
    </message>
    <message>
        <source>Left: where the answer comes from if attention is followed through all layers. Right: what happens when each patch is really taken away. Where they differ, attention shows where the model looks, not why it answers so: attention is no explanation.</source>
        <translation>Links: woher die Antwort kommt, wenn man der Attention durch alle Schichten folgt. Rechts: was geschieht, wenn jeder Patch wirklich weggenommen wird. Wo sie sich unterscheiden, zeigt Attention, wohin das Modell sieht, nicht, warum es so antwortet: Attention ist keine Erklärung.</translation>
    </message>
    <message>
        <source>Three ways to read attention, and what was measured: how far the log probability of the answer falls without the patch. Spearman says how well each puts patches in the measured order, from 1 (the same) to 0 (no order). Attention is no explanation.</source>
        <translation>Drei Arten, Attention zu lesen, und was gemessen ist: wie weit die Log-Wahrscheinlichkeit der Antwort ohne den Patch fällt. Spearman sagt, wie gut jede die Patches in die gemessene Reihenfolge bringt, von 1 (dieselbe) bis 0 (keine Ordnung). Attention ist keine Erklärung.</translation>
    </message>
    <message>
        <source>How the maps are made, with the numbers of the framed patch. Attention is no explanation.</source>
        <translation>Wie die Karten entstehen, mit den Zahlen des umrahmten Patches. Attention ist keine Erklärung.</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>The answer that is to be explained</source>
        <translation>Die Antwort, die erklärt werden soll</translation>
    </message>
    <message>
        <source>&amp;Answer</source>
        <translation>&amp;Antwort</translation>
    </message>
    <message>
        <source>Rollout up to</source>
        <translation>Rollout bis</translation>
    </message>
    <message>
        <source>Follow attention from the first layer up to this one</source>
        <translation>Der Attention von der ersten Schicht bis zu dieser folgen</translation>
    </message>
    <message>
        <source>Rollout up &amp;to</source>
        <translation>Rollout &amp;bis</translation>
    </message>
    <message>
        <source>Patch after patch is taken away…</source>
        <translation>Ein Patch nach dem anderen wird weggenommen…</translation>
    </message>
    <message>
        <source>up to {layer}</source>
        <translation>bis {layer}</translation>
    </message>
    <message>
        <source>{value} [{low}, {high}]</source>
        <translation>{value} [{low}, {high}]</translation>
    </message>
    <message>
        <source>Spearman {value}, n = {n}</source>
        <translation>Spearman {value}, n = {n}</translation>
    </message>
    <message>
        <source>{title}: {value}</source>
        <translation>{title}: {value}</translation>
    </message>
    <message>
        <source>Of the answer {name}, probability {share}.</source>
        <translation>Von der Antwort {name}, Wahrscheinlichkeit {share}.</translation>
    </message>
    <message>
        <source>Without the patch that matters most it is {left}.</source>
        <translation>Ohne den Patch, auf den es am meisten ankommt, ist sie {left}.</translation>
    </message>
    <message>
        <source>There is no class token: attention is followed from all tokens that the head reads.</source>
        <translation>Es gibt kein Klassen-Token: Der Attention wird von allen Tokens aus gefolgt, die der Kopf liest.</translation>
    </message>
    <message>
        <source>rollout: R&lt;sub&gt;l&lt;/sub&gt; = (½ I + ½ A&lt;sub&gt;l&lt;/sub&gt;) R&lt;sub&gt;l−1&lt;/sub&gt;, with A&lt;sub&gt;l&lt;/sub&gt; the mean of all heads of layer l. Of this patch, layer by layer: {way}</source>
        <translation>Rollout: R&lt;sub&gt;l&lt;/sub&gt; = (½ I + ½ A&lt;sub&gt;l&lt;/sub&gt;) R&lt;sub&gt;l−1&lt;/sub&gt;, mit A&lt;sub&gt;l&lt;/sub&gt;, dem Mittel aller Köpfe von Schicht l. Für diesen Patch, Schicht für Schicht: {way}</translation>
    </message>
    <message>
        <source>gradient rollout: R ← R + A′ R, A′ the mean over heads of (∂y/∂A · A)&lt;sup&gt;+&lt;/sup&gt;, y the logit of the answer. Of this patch: &lt;b&gt;{value}&lt;/b&gt;</source>
        <translation>Gradienten-Rollout: R ← R + A′ R, mit A′, dem Mittel von (∂y/∂A · A)&lt;sup&gt;+&lt;/sup&gt; über die Köpfe, und y, dem Logit der Antwort. Für diesen Patch: &lt;b&gt;{value}&lt;/b&gt;</translation>
    </message>
    <message>
        <source>measured: ln {before} − ln {after} = &lt;b&gt;{loss}&lt;/b&gt;, the probability with the patch and without</source>
        <translation>gemessen: ln {before} − ln {after} = &lt;b&gt;{loss}&lt;/b&gt;, die Wahrscheinlichkeit mit und ohne Patch</translation>
    </message>
    <message>
        <source>of {n} patches this one is number {place} by rollout, number {other} by the measurement</source>
        <translation>von {n} Patches Nummer {place} nach Rollout, Nummer {other} nach Messung</translation>
    </message>
    <message>
        <source>Spearman ρ = 1 − 6 Σ d² / (n (n² − 1)) = 1 − 6 · {sum} / ({n} · {others}) = &lt;b&gt;{rho}&lt;/b&gt;, d the difference of the two numbers of a patch</source>
        <translation>Spearman ρ = 1 − 6 Σ d² / (n (n² − 1)) = 1 − 6 · {sum} / ({n} · {others}) = &lt;b&gt;{rho}&lt;/b&gt;, mit d, der Differenz der zwei Nummern eines Patches</translation>
    </message>
    <message>
        <source>Date</source>
        <translation>Datum</translation>
    </message>
    <message>
        <source>Key: {title}</source>
        <translation>Lösungen: {title}</translation>
    </message>
    <message>
        <source>My prediction</source>
        <translation>Meine Vorhersage</translation>
    </message>
    <message>
        <source>Do</source>
        <comment>what the reader is to do</comment>
        <translation>Aufgabe</translation>
    </message>
    <message>
        <source>Why?</source>
        <translation>Warum?</translation>
    </message>
    <message>
        <source>What do you see?</source>
        <translation>Was sehen Sie?</translation>
    </message>
    <message>
        <source>lesson course teach student tutorial class</source>
        <comment>words to find it by</comment>
        <translation>Lektion Kurs lehren Student Anleitung Unterricht</translation>
    </message>
    <message>
        <source>&amp;Lessons</source>
        <translation>&amp;Lektionen</translation>
    </message>
    <message>
        <source>Show the list of lessons</source>
        <translation>Die Liste der Lektionen zeigen</translation>
    </message>
    <message>
        <source>Ne&amp;xt lesson</source>
        <translation>Nächste Lek&amp;tion</translation>
    </message>
    <message>
        <source>Go on with the first lesson that is not done</source>
        <translation>Mit der ersten Lektion weitermachen, die nicht fertig ist</translation>
    </message>
    <message>
        <source>&amp;Open lesson…</source>
        <translation>Lektion &amp;öffnen…</translation>
    </message>
    <message>
        <source>&amp;Worksheet…</source>
        <translation>&amp;Arbeitsblatt…</translation>
    </message>
    <message>
        <source>Write the questions of a lesson on pages to print, with a key</source>
        <translation>Die Fragen einer Lektion auf Seiten zum Drucken schreiben, mit Lösungen</translation>
    </message>
    <message>
        <source>Pr&amp;esent</source>
        <translation>Vor&amp;führen</translation>
    </message>
    <message>
        <source>Large type and no panels but the lesson; Esc ends it</source>
        <translation>Große Schrift und keine Bereiche außer der Lektion; Esc beendet es</translation>
    </message>
    <message>
        <source>projector beamer large font classroom</source>
        <comment>words to find it by</comment>
        <translation>Projektor Beamer große Schrift Hörsaal Unterricht</translation>
    </message>
    <message>
        <source>Show the list of lessons first.</source>
        <translation>Zeigen Sie zuerst die Liste der Lektionen.</translation>
    </message>
    <message>
        <source>The worksheet is in {path}.</source>
        <translation>Das Arbeitsblatt ist in {path}.</translation>
    </message>
    <message>
        <source>Recovery training</source>
        <translation>Nachtraining</translation>
    </message>
    <message>
        <source>What was reached is in {name}.</source>
        <translation>Was erreicht wurde, steht in {name}.</translation>
    </message>
    <message>
        <source>The trained model is in {path}.</source>
        <translation>Das trainierte Modell steht in {path}.</translation>
    </message>
    <message>
        <source>After its repair, the pruned model is taught to say what the whole model says of your images to analyse, which need no labels. Some of them are held out: where these show that it got worse, earlier weights are kept. The trained model is written into a folder and opens from there; the plan alone does not make it.</source>
        <translation>Nach seiner Reparatur lernt das gekürzte Modell, von Ihren Bildern zum Analysieren zu sagen, was das volle Modell sagt; Beschriftungen brauchen sie nicht. Einige werden zurückgehalten: Zeigen diese, dass es schlechter wurde, bleiben frühere Gewichte. Das trainierte Modell wird in einen Ordner geschrieben und öffnet von dort; der Plan allein ergibt es nicht.</translation>
    </message>
    <message>
        <source>All weights</source>
        <translation>Alle Gewichte</translation>
    </message>
    <message>
        <source>Best where a pass over the images takes minutes at most</source>
        <translation>Am besten, wo ein Durchgang über die Bilder höchstens Minuten dauert</translation>
    </message>
    <message>
        <source>Low-rank changes (LoRA)</source>
        <translation>Änderungen von niedrigem Rang (LoRA)</translation>
    </message>
    <message>
        <source>Fewer numbers to learn; the structure of the model stays</source>
        <translation>Weniger Zahlen zu lernen; der Aufbau des Modells bleibt</translation>
    </message>
    <message>
        <source>The longest that it trains; the learning rate falls to 0 in this time</source>
        <translation>So lange trainiert es höchstens; in dieser Zeit fällt die Lernrate auf 0</translation>
    </message>
    <message>
        <source>How often each image is seen at most, each time as another crop</source>
        <translation>Wie oft jedes Bild höchstens gesehen wird, jedes Mal als anderer Ausschnitt</translation>
    </message>
    <message>
        <source>What is trained</source>
        <translation>Was trainiert wird</translation>
    </message>
    <message>
        <source>Learn from &amp;labels too</source>
        <translation>Auch aus &amp;Beschriftungen lernen</translation>
    </message>
    <message>
        <source>Beside what the whole model says; only where the folders name the classes</source>
        <translation>Neben dem, was das volle Modell sagt; nur wo die Ordner die Klassen nennen</translation>
    </message>
    <message>
        <source>Images may be &amp;mirrored</source>
        <translation>Bilder dürfen &amp;gespiegelt werden</translation>
    </message>
    <message>
        <source>Left and right mean the same in these images: not in text, nor in many medical ones</source>
        <translation>Links und rechts bedeuten in diesen Bildern dasselbe: nicht in Text, und auch in vielen medizinischen nicht</translation>
    </message>
    <message>
        <source>M&amp;easure it on the images to evaluate</source>
        <translation>Auf den Bildern zum Auswerten m&amp;essen</translation>
    </message>
    <message>
        <source>With the dense and the untrained model on the same images, and paired tests</source>
        <translation>Mit dem vollen und dem untrainierten Modell auf denselben Bildern und mit gepaarten Tests</translation>
    </message>
    <message>
        <source>If it is stopped, &amp;keep what it reached</source>
        <translation>Beim Anhalten be&amp;halten, was erreicht ist</translation>
    </message>
    <message>
        <source>&amp;Train…</source>
        <translation>&amp;Trainieren…</translation>
    </message>
    <message>
        <source>Choose the folder for the trained model, and train</source>
        <translation>Den Ordner für das trainierte Modell wählen und trainieren</translation>
    </message>
    <message>
        <source>&amp;Open the trained model</source>
        <translation>Das trainierte Modell ö&amp;ffnen</translation>
    </message>
    <message>
        <source>In place of the model that is open</source>
        <translation>Anstelle des geöffneten Modells</translation>
    </message>
    <message>
        <source>Progress of the training</source>
        <translation>Fortschritt des Trainings</translation>
    </message>
    <message>
        <source>M&amp;inutes, at most</source>
        <translation>&amp;Minuten, höchstens</translation>
    </message>
    <message>
        <source>&amp;Passes, at most</source>
        <translation>&amp;Durchgänge, höchstens</translation>
    </message>
    <message>
        <source>&amp;What</source>
        <translation>&amp;Was</translation>
    </message>
    <message>
        <source>{stage}: step {step}</source>
        <translation>{stage}: Schritt {step}</translation>
    </message>
    <message numerus="yes">
        <source>{said}, about %n minute(s) left</source>
        <translation>
            <numerusform>{said}, noch etwa %n Minute</numerusform>
            <numerusform>{said}, noch etwa %n Minuten</numerusform>
        </translation>
    </message>
    <message>
        <source>Held-out loss {before} before, {after} at step {step}.</source>
        <translation>Verlust auf zurückgehaltenen Bildern: vorher {before}, bei Schritt {step} {after}.</translation>
    </message>
    <message>
        <source>Held-out images that get the dense model&apos;s class: {before} before, {after} now.</source>
        <translation>Zurückgehaltene Bilder, denen es die Klasse des vollen Modells gibt: vorher {before}, jetzt {after}.</translation>
    </message>
    <message>
        <source>Trained for {minutes} minutes. {ended}</source>
        <translation>{minutes} Minuten trainiert. {ended}</translation>
    </message>
    <message>
        <source>Against the untrained model: {said}</source>
        <translation>Gegen das untrainierte Modell: {said}</translation>
    </message>
    <message>
        <source>Against the dense model: {said}</source>
        <translation>Gegen das volle Modell: {said}</translation>
    </message>
    <message>
        <source>None. For example: 0, 4-7</source>
        <translation>Keine. Zum Beispiel: 0, 4-7</translation>
    </message>
    <message>
        <source>Neurons that go</source>
        <translation>Neuronen, die entfallen</translation>
    </message>
    <message>
        <source>Heads that stay</source>
        <translation>Köpfe, die bleiben</translation>
    </message>
    <message>
        <source>Head {number}</source>
        <translation>Kopf {number}</translation>
    </message>
    <message>
        <source>Numbers from 0 to {last}, or ranges of them</source>
        <translation>Nummern von 0 bis {last} oder Bereiche davon</translation>
    </message>
    <message>
        <source>Write numbers with commas between them, or ranges: 0, 4-7</source>
        <translation>Schreiben Sie Nummern mit Kommas dazwischen oder Bereiche: 0, 4-7</translation>
    </message>
    <message>
        <source>This one has the numbers 0 to {last}.</source>
        <translation>Diese hat die Nummern 0 bis {last}.</translation>
    </message>
    <message>
        <source>The job is in {path}. Run it with: vitprune run</source>
        <translation>Der Auftrag steht in {path}. Ausführen mit: vitprune run</translation>
    </message>
</context>
</TS>

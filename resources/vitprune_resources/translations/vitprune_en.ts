<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en_GB">
<context>
    <name></name>
    <message numerus="yes">
        <source>n = %n image(s), the same in both</source>
        <translation>
            <numerusform>n = %n image, the same in both</numerusform>
            <numerusform>n = %n images, the same in both</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>n = {count} of %n image(s), the same in both</source>
        <translation>
            <numerusform>n = {count} of %n image, the same in both</numerusform>
            <numerusform>n = {count} of %n images, the same in both</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{name}: {kept} of %n patch(es)</source>
        <translation>
            <numerusform>{name}: {kept} of %n patch</numerusform>
            <numerusform>{name}: {kept} of %n patches</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>A dot for each of %n site(s); the least missed is {site}, with a measured {value}.</source>
        <translation>
            <numerusform>A dot for each of %n site; the least missed is {site}, with a measured {value}.</numerusform>
            <numerusform>A dot for each of %n sites; the least missed is {site}, with a measured {value}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n plan(s), {front} of them on the frontier.</source>
        <translation>
            <numerusform>%n plan, {front} of them on the frontier.</numerusform>
            <numerusform>%n plans, {front} of them on the frontier.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{metric} of {site} on each of %n image(s), {value} in the mean.</source>
        <translation>
            <numerusform>{metric} of {site} on each of %n image, {value} in the mean.</numerusform>
            <numerusform>{metric} of {site} on each of %n images, {value} in the mean.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{low} to {high}: %n image(s)</source>
        <translation>
            <numerusform>{low} to {high}: %n image</numerusform>
            <numerusform>{low} to {high}: %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) without a map</source>
        <translation>
            <numerusform>%n site without a map</numerusform>
            <numerusform>%n sites without a map</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{quantity} after each of %n site(s).</source>
        <translation>
            <numerusform>{quantity} after each of %n site.</numerusform>
            <numerusform>{quantity} after each of %n sites.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n token(s) kept</source>
        <translation>
            <numerusform>%n token kept</numerusform>
            <numerusform>%n tokens kept</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{gone} of %n branch(es) go.</source>
        <translation>
            <numerusform>{gone} of %n branch go.</numerusform>
            <numerusform>{gone} of %n branches go.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{metric} of %n site(s); the most redundant is {site} with {value}.</source>
        <translation>
            <numerusform>{metric} of %n site; the most redundant is {site} with {value}.</numerusform>
            <numerusform>{metric} of %n sites; the most redundant is {site} with {value}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{y} against {x}: %n point(s) of {series}.</source>
        <translation>
            <numerusform>{y} against {x}: %n point of {series}.</numerusform>
            <numerusform>{y} against {x}: %n points of {series}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{map} of %n block boundaries.</source>
        <translation>
            <numerusform>{map} of %n block boundaries.</numerusform>
            <numerusform>{map} of %n block boundaries.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{map} of %n block boundaries; the stream changes least across {block}, with {value}.</source>
        <translation>
            <numerusform>{map} of %n block boundaries; the stream changes least across {block}, with {value}.</numerusform>
            <numerusform>{map} of %n block boundaries; the stream changes least across {block}, with {value}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{axis} over the branches removed, for %n method(s).</source>
        <translation>
            <numerusform>{axis} over the branches removed, for %n method.</numerusform>
            <numerusform>{axis} over the branches removed, for %n methods.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n value(s) no number</source>
        <translation>
            <numerusform>%n value no number</numerusform>
            <numerusform>%n values no number</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Use the first %n site(s) of the search</source>
        <translation>
            <numerusform>Use the first %n site of the search</numerusform>
            <numerusform>Use the first %n sites of the search</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Remove %n site(s) without repair</source>
        <translation>
            <numerusform>Remove %n site without repair</numerusform>
            <numerusform>Remove %n sites without repair</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Repair %n site(s): {repair}</source>
        <translation>
            <numerusform>Repair %n site: {repair}</numerusform>
            <numerusform>Repair %n sites: {repair}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n protected site(s) stay.</source>
        <translation>
            <numerusform>%n protected site stay.</numerusform>
            <numerusform>%n protected sites stay.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Remove %n site(s)</source>
        <translation>
            <numerusform>Remove %n site</numerusform>
            <numerusform>Remove %n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Restore %n site(s)</source>
        <translation>
            <numerusform>Restore %n site</numerusform>
            <numerusform>Restore %n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>This plan removes %n protected site(s). Release them first.</source>
        <translation>
            <numerusform>This plan removes %n protected site. Release them first.</numerusform>
            <numerusform>This plan removes %n protected sites. Release them first.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Read the activations of %n image(s)</source>
        <translation>
            <numerusform>Read the activations of %n image</numerusform>
            <numerusform>Read the activations of %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{what} Something cheaper can stand in for what goes: %n place(s).</source>
        <translation>
            <numerusform>{what} Something cheaper can stand in for what goes: %n place.</numerusform>
            <numerusform>{what} Something cheaper can stand in for what goes: %n places.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pruned, {share} of the MACs left</source>
        <translation>
            <numerusform>%n pruned, {share} of the MACs left</numerusform>
            <numerusform>%n pruned, {share} of the MACs left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n pruned</source>
        <translation>
            <numerusform>%n pruned</numerusform>
            <numerusform>%n pruned</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>none of %n branch(es) removed</source>
        <translation>
            <numerusform>none of %n branch removed</numerusform>
            <numerusform>none of %n branches removed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{removed} of %n branch(es) removed, {share} % of the MACs left</source>
        <translation>
            <numerusform>{removed} of %n branch removed, {share} % of the MACs left</numerusform>
            <numerusform>{removed} of %n branches removed, {share} % of the MACs left</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{median} ms [{low}, {high}] for a batch of {batch} with {threads} on {device}, median and quartiles of %n timing(s)</source>
        <translation>
            <numerusform>{median} ms [{low}, {high}] for a batch of {batch} with {threads} on {device}, median and quartiles of %n timing</numerusform>
            <numerusform>{median} ms [{low}, {high}] for a batch of {batch} with {threads} on {device}, median and quartiles of %n timings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n thread(s)</source>
        <translation>
            <numerusform>%n thread</numerusform>
            <numerusform>%n threads</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Compare %n session(s)</source>
        <translation>
            <numerusform>Compare %n session</numerusform>
            <numerusform>Compare %n sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Take %n head(s) from {site}</source>
        <translation>
            <numerusform>Take %n head from {site}</numerusform>
            <numerusform>Take %n heads from {site}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Take %n neuron(s) from {site}</source>
        <translation>
            <numerusform>Take %n neuron from {site}</numerusform>
            <numerusform>Take %n neurons from {site}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Protect %n site(s)</source>
        <translation>
            <numerusform>Protect %n site</numerusform>
            <numerusform>Protect %n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Release %n site(s)</source>
        <translation>
            <numerusform>Release %n site</numerusform>
            <numerusform>Release %n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Evaluate without %n site(s)</source>
        <translation>
            <numerusform>Evaluate without %n site</numerusform>
            <numerusform>Evaluate without %n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Search for %n site(s)</source>
        <translation>
            <numerusform>Search for %n site</numerusform>
            <numerusform>Search for %n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{part} of %n image(s), evenly chosen</source>
        <translation>
            <numerusform>{part} of %n image, evenly chosen</numerusform>
            <numerusform>{part} of %n images, evenly chosen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>all %n image(s)</source>
        <translation>
            <numerusform>all %n image</numerusform>
            <numerusform>all %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n high-norm patch(es): longer than {times} times that.</source>
        <translation>
            <numerusform>%n high-norm patch: longer than {times} times that.</numerusform>
            <numerusform>%n high-norm patches: longer than {times} times that.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>all %n token(s)</source>
        <translation>
            <numerusform>all %n token</numerusform>
            <numerusform>all %n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{part} of %n token(s)</source>
        <translation>
            <numerusform>{part} of %n token</numerusform>
            <numerusform>{part} of %n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{session} keeps the stream after {sites} of {model}, at {tokens} of %n image(s).</source>
        <translation>
            <numerusform>{session} keeps the stream after {sites} of {model}, at {tokens} of %n image.</numerusform>
            <numerusform>{session} keeps the stream after {sites} of {model}, at {tokens} of %n images.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s)</source>
        <translation>
            <numerusform>%n site</numerusform>
            <numerusform>%n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>They go into the session file, 2 bytes for each value: {sites} sites × {tokens} tokens × %n image(s) come to {vectors} vectors of the model&apos;s width. On the command line: {command}</source>
        <translation>
            <numerusform>They go into the session file, 2 bytes for each value: {sites} sites × {tokens} tokens × %n image come to {vectors} vectors of the model&apos;s width. On the command line: {command}</numerusform>
            <numerusform>They go into the session file, 2 bytes for each value: {sites} sites × {tokens} tokens × %n images come to {vectors} vectors of the model&apos;s width. On the command line: {command}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>All %n token(s) of each image</source>
        <translation>
            <numerusform>All %n token of each image</numerusform>
            <numerusform>All %n tokens of each image</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n token(s) of each image, evenly spread</source>
        <translation>
            <numerusform>%n token of each image, evenly spread</numerusform>
            <numerusform>%n tokens of each image, evenly spread</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Prune %n site(s)</source>
        <translation>
            <numerusform>Prune %n site</numerusform>
            <numerusform>Prune %n sites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Copy %n site id(s)</source>
        <translation>
            <numerusform>Copy %n site id</numerusform>
            <numerusform>Copy %n site ids</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n session(s); {bad} could not be opened</source>
        <translation>
            <numerusform>%n session; {bad} could not be opened</numerusform>
            <numerusform>%n sessions; {bad} could not be opened</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n session(s)</source>
        <translation>
            <numerusform>%n session</numerusform>
            <numerusform>%n sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{name} against {baseline}: %n class(es) that changed most surely</source>
        <translation>
            <numerusform>{name} against {baseline}: %n class that changed most surely</numerusform>
            <numerusform>{name} against {baseline}: %n classes that changed most surely</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s): too few to compare two orders.</source>
        <translation>
            <numerusform>%n site: too few to compare two orders.</numerusform>
            <numerusform>%n sites: too few to compare two orders.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Dense model: measured on %n image(s) of {folder}</source>
        <translation>
            <numerusform>Dense model: measured on %n image of {folder}</numerusform>
            <numerusform>Dense model: measured on %n images of {folder}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>This plan ({name}): measured on %n image(s) of {folder}</source>
        <translation>
            <numerusform>This plan ({name}): measured on %n image of {folder}</numerusform>
            <numerusform>This plan ({name}): measured on %n images of {folder}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) right before and wrong now, {gained} the other way round</source>
        <translation>
            <numerusform>%n image right before and wrong now, {gained} the other way round</numerusform>
            <numerusform>%n images right before and wrong now, {gained} the other way round</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{changed} of %n prediction(s) changed</source>
        <translation>
            <numerusform>{changed} of %n prediction changed</numerusform>
            <numerusform>{changed} of %n predictions changed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{repair}; explained: {least} to {most} over %n site(s), least {worst}.</source>
        <translation>
            <numerusform>{repair}; explained: {least} to {most} over %n site, least {worst}.</numerusform>
            <numerusform>{repair}; explained: {least} to {most} over %n sites, least {worst}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>wrong here alone: %n image(s)</source>
        <translation>
            <numerusform>wrong here alone: %n image</numerusform>
            <numerusform>wrong here alone: %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>right here alone: %n image(s)</source>
        <translation>
            <numerusform>right here alone: %n image</numerusform>
            <numerusform>right here alone: %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s)</source>
        <translation>
            <numerusform>%n image</numerusform>
            <numerusform>%n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n evaluation(s) without such a timing not shown.</source>
        <translation>
            <numerusform>%n evaluation without such a timing not shown.</numerusform>
            <numerusform>%n evaluations without such a timing not shown.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n evaluation(s) on other images not shown.</source>
        <translation>
            <numerusform>%n evaluation on other images not shown.</numerusform>
            <numerusform>%n evaluations on other images not shown.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{size} px, %n channel(s)</source>
        <translation>
            <numerusform>{size} px, %n channel</numerusform>
            <numerusform>{size} px, %n channels</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n part(s), none of which can go</source>
        <translation>
            <numerusform>%n part, none of which can go</numerusform>
            <numerusform>%n parts, none of which can go</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n block(s)</source>
        <translation>
            <numerusform>%n block</numerusform>
            <numerusform>%n blocks</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n attention layer(s)</source>
        <translation>
            <numerusform>%n attention layer</numerusform>
            <numerusform>%n attention layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n MLP layer(s)</source>
        <translation>
            <numerusform>%n MLP layer</numerusform>
            <numerusform>%n MLP layers</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n convolution(s)</source>
        <translation>
            <numerusform>%n convolution</numerusform>
            <numerusform>%n convolutions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n head(s)</source>
        <translation>
            <numerusform>%n head</numerusform>
            <numerusform>%n heads</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n repair(s)</source>
        <translation>
            <numerusform>%n repair</numerusform>
            <numerusform>%n repairs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n of them fixed</source>
        <translation>
            <numerusform>%n of them fixed</numerusform>
            <numerusform>%n of them fixed</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n image(s) go through the model. Cancel stops it.</source>
        <translation>
            <numerusform>%n image go through the model. Cancel stops it.</numerusform>
            <numerusform>%n images go through the model. Cancel stops it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>These %n site(s) would go:</source>
        <translation>
            <numerusform>These %n site would go:</numerusform>
            <numerusform>These %n sites would go:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) are in this range:</source>
        <translation>
            <numerusform>%n site are in this range:</numerusform>
            <numerusform>%n sites are in this range:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) in the plan</source>
        <translation>
            <numerusform>%n site in the plan</numerusform>
            <numerusform>%n sites in the plan</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n score(s) of {images}</source>
        <translation>
            <numerusform>%n score of {images}</numerusform>
            <numerusform>%n scores of {images}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n evaluation(s)</source>
        <translation>
            <numerusform>%n evaluation</numerusform>
            <numerusform>%n evaluations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n search(es)</source>
        <translation>
            <numerusform>%n search</numerusform>
            <numerusform>%n searches</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n trial(s)</source>
        <translation>
            <numerusform>%n trial</numerusform>
            <numerusform>%n trials</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Step {step}: %n candidate(s), still racing</source>
        <translation>
            <numerusform>Step {step}: %n candidate, still racing</numerusform>
            <numerusform>Step {step}: %n candidates, still racing</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Step {step}: %n candidate(s)</source>
        <translation>
            <numerusform>Step {step}: %n candidate</numerusform>
            <numerusform>Step {step}: %n candidates</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>of %n image(s)</source>
        <translation>
            <numerusform>of %n image</numerusform>
            <numerusform>of %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) found, at the cost of {forwards} forwards of the whole model.</source>
        <translation>
            <numerusform>%n site found, at the cost of {forwards} forwards of the whole model.</numerusform>
            <numerusform>%n sites found, at the cost of {forwards} forwards of the whole model.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>&amp;Compare %n session(s)</source>
        <translation>
            <numerusform>&amp;Compare %n session</numerusform>
            <numerusform>&amp;Compare %n sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n session file(s)</source>
        <translation>
            <numerusform>%n session file</numerusform>
            <numerusform>%n session files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{shown} of %n session file(s)</source>
        <translation>
            <numerusform>{shown} of %n session file</numerusform>
            <numerusform>{shown} of %n session files</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n trial(s) on {images}, timed; repairs fitted to the {target}</source>
        <translation>
            <numerusform>%n trial on {images}, timed; repairs fitted to the {target}</numerusform>
            <numerusform>%n trials on {images}, timed; repairs fitted to the {target}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n trial(s) on {images}; repairs fitted to the {target}</source>
        <translation>
            <numerusform>%n trial on {images}; repairs fitted to the {target}</numerusform>
            <numerusform>%n trials on {images}; repairs fitted to the {target}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No more than %n branch(es) can go.</source>
        <translation>
            <numerusform>No more than %n branch can go.</numerusform>
            <numerusform>No more than %n branches can go.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{method}, %n branch(es) removed, repair: {repair}</source>
        <translation>
            <numerusform>{method}, %n branch removed, repair: {repair}</numerusform>
            <numerusform>{method}, %n branches removed, repair: {repair}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>95 % interval over %n image(s)</source>
        <translation>
            <numerusform>95 % interval over %n image</numerusform>
            <numerusform>95 % interval over %n images</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Median and quartiles of %n run(s)</source>
        <translation>
            <numerusform>Median and quartiles of %n run</numerusform>
            <numerusform>Median and quartiles of %n runs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>batch {batch}, %n thread(s), {device}</source>
        <translation>
            <numerusform>batch {batch}, %n thread, {device}</numerusform>
            <numerusform>batch {batch}, %n threads, {device}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n site(s) protected</source>
        <translation>
            <numerusform>%n site protected</numerusform>
            <numerusform>%n sites protected</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Saves {params} parameters and {macs} MACs for an image, in %n place(s).</source>
        <translation>
            <numerusform>Saves {params} parameters and {macs} MACs for an image, in %n place.</numerusform>
            <numerusform>Saves {params} parameters and {macs} MACs for an image, in %n places.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{before} of %n block(s) before it</source>
        <translation>
            <numerusform>{before} of %n block before it</numerusform>
            <numerusform>{before} of %n blocks before it</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{what}, %n waiting</source>
        <translation>
            <numerusform>{what}, %n waiting</numerusform>
            <numerusform>{what}, %n waiting</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n model(s) wait for the same analysis already, and are not queued again.</source>
        <translation>
            <numerusform>%n model wait for the same analysis already, and are not queued again.</numerusform>
            <numerusform>%n models wait for the same analysis already, and are not queued again.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{title}: {lines} at %n place(s), from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: {lines} at %n place, from {low} to {high}.</numerusform>
            <numerusform>{title}: {lines} at %n places, from {low} to {high}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n head(s), from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: %n head, from {low} to {high}.</numerusform>
            <numerusform>{title}: %n heads, from {low} to {high}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n small picture(s).</source>
        <translation>
            <numerusform>{title}: %n small picture.</numerusform>
            <numerusform>{title}: %n small pictures.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n number(s) from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: %n number from {low} to {high}.</numerusform>
            <numerusform>{title}: %n numbers from {low} to {high}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other(s): {weight}</source>
        <translation>
            <numerusform>%n other: {weight}</numerusform>
            <numerusform>%n others: {weight}</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n key(s) lie in other windows, which it cannot see.</source>
        <translation>
            <numerusform>%n key lie in other windows, which it cannot see.</numerusform>
            <numerusform>%n keys lie in other windows, which it cannot see.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Mean over the %n pair(s) of patches: &lt;b&gt;{mean}&lt;/b&gt;</source>
        <translation>
            <numerusform>Mean over the %n pair of patches: &lt;b&gt;{mean}&lt;/b&gt;</numerusform>
            <numerusform>Mean over the %n pairs of patches: &lt;b&gt;{mean}&lt;/b&gt;</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n component(s)</source>
        <translation>
            <numerusform>%n component</numerusform>
            <numerusform>%n components</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n patch(es) of {height} × {width} pixels</source>
        <translation>
            <numerusform>%n patch of {height} × {width} pixels</numerusform>
            <numerusform>%n patches of {height} × {width} pixels</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>so the list has %n token(s)</source>
        <translation>
            <numerusform>so the list has %n token</numerusform>
            <numerusform>so the list has %n tokens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n high-norm token(s) before it.</source>
        <translation>
            <numerusform>%n high-norm token before it.</numerusform>
            <numerusform>%n high-norm tokens before it.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{title}: %n point(s), {up} from {low} to {high}.</source>
        <translation>
            <numerusform>{title}: %n point, {up} from {low} to {high}.</numerusform>
            <numerusform>{title}: %n points, {up} from {low} to {high}.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n minute(s)</source>
        <translation>
            <numerusform>%n minute</numerusform>
            <numerusform>%n minutes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{done} of %n lesson(s) done</source>
        <translation>
            <numerusform>{done} of %n lesson done</numerusform>
            <numerusform>{done} of %n lessons done</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n mistake(s) in lessons of your own:</source>
        <translation>
            <numerusform>%n mistake in lessons of your own:</numerusform>
            <numerusform>%n mistakes in lessons of your own:</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The last time it took %n second(s), so it waits for you with every image.</source>
        <translation>
            <numerusform>The last time it took %n second, so it waits for you with every image.</numerusform>
            <numerusform>The last time it took %n seconds, so it waits for you with every image.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n neuron(s)</source>
        <translation>
            <numerusform>%n neuron</numerusform>
            <numerusform>%n neurons</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n head(s) gone</source>
        <translation>
            <numerusform>%n head gone</numerusform>
            <numerusform>%n heads gone</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n neuron(s) gone</source>
        <translation>
            <numerusform>%n neuron gone</numerusform>
            <numerusform>%n neurons gone</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Compared on %n image(s) of {name}, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</source>
        <translation>
            <numerusform>Compared on %n image of {name}, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</numerusform>
            <numerusform>Compared on %n images of {name}, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>No images were at hand: compared on %n picture(s) of noise, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</source>
        <translation>
            <numerusform>No images were at hand: compared on %n picture of noise, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</numerusform>
            <numerusform>No images were at hand: compared on %n pictures of noise, {fewest} and {most} at once: the largest difference of the logits, and the same over the largest logit.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>{said}, about %n minute(s) left</source>
        <translation>
            <numerusform>{said}, about %n minute left</numerusform>
            <numerusform>{said}, about %n minutes left</numerusform>
        </translation>
    </message>
</context>
</TS>

/**
 * Given names as other languages than English call them short, or spell them in Latin letters, `formal:others …`, folded.
 * Compiled for this project from common knowledge of these languages; Apache-2.0 like the rest.
 */
export const NAMES_OF_LANGUAGES = `
abdullah:abdallah abdulla
abdulrahman:abdurrahman abdelrahman abdul
abhishek:abhi
adebayo:bayo ade
adewale:wale
aditya:adi
adriana:adri jana
agnes:nes
agnieszka:aga agnes
ahmed:ahmad ahmet ahmadou
aikaterini:katerina katherine catherine
aisha:ayesha aicha aysha ayse
alberto:beto tito albert
alejandra:ale sandra alexandra
alejandro:ale jandro alex alexander
aleksander:olek alek alexander
aleksandr:sasha shura alexander oleksandr aleksander aliaksandr alex sanya
aleksandra:sasha shura alexandra oleksandra ola
aleksei:alyosha lyosha alexey alexei oleksii oleksiy lesha alex
alessandro:sandro ale alexander
alexander:sasha aleksandr oleksandr aleksander aleksandar alexandros iskander sandro sandor olek alek alec xander lex
alexandra:sasha aleksandra oleksandra alessandra alejandra sandra ola lexa
alexey:alyosha lyosha aleksei oleksii oleksiy lesha alex
ali:aly
amina:aminah aminata
amir:emir ameer
ananya:anu
anastasia:nastya nastia anastasiya anastasiia asya
anatoly:tolya anatoliy anatolii tolik
andreas:andi andy andrew andre
andrei:andrey andriy andrii andrew andreas andrzej andras andre
angelina:lina gelya angelika
anna:anya anja ania hanna ann anne ana anushka nyura
antoine:toine anthony
antonio:tono toni tonino nino antony anthony antoine anton toninho
anuradha:anu
aoife:eva
arjun:arj
avraham:avi abraham
ayodeji:deji ayo
babatunde:tunde baba
barbara:basia bara varvara babsi barbel
beatriz:bea beatrice
benoit:ben
bilal:billal
binyamin:benny benjamin
boris:borya borys
caoimhe:keeva
carlos:charlie carlitos charles
catalina:cata lina catherine
chiamaka:amaka
chidiebere:ebere chidi
chinedu:nedu chi
chinonso:nonso
christian:chris christiaan kristian cristian krystian
chukwuemeka:emeka
ciaran:kieran keiran
concepcion:concha conchita
consuelo:chelo
cornelis:kees cor
cristina:cris tina christina
daoud:dawud dawood daud david davud
daria:dasha darya dariia
deepak:deep
denis:denys dionisio
dimitrios:dimitris mitsos dimitri jim
dmitry:dima mitya dmitri dmitrii dmytro dimitri dimitrios
dolores:lola loli
domenico:mimmo dominic
dorothea:doro thea dorte
ebenezer:ben eben
eduardo:edu lalo edward
ekaterina:katya katia katja kateryna yekaterina katerina katherine catherine kat
elena:lena olena yelena helen helena alena ilona
eleni:helen helena lena
eleonora:nora eleanor
elisabeth:lisa elsa liesl else lisbeth sissi bettina elisa elizabeth betti
elisheva:elizabeth
elzbieta:ela elizabeth elisabeth
emmanuel:manu
enrique:quique kike henry
eoghan:owen eoin
ernst:ernest
erzsebet:erzsi zsoka elizabeth
esperanza:espe
eugen:eugene
evangelos:vangelis
evgenia:zhenya yevgenia evgeniya yevheniia eugenia
evgeny:zhenya yevgeny evgeniy yevgeni yevhen eugene eugen
ewa:eva eve ewka
fatima:fatma fatimah fatoumata fatimata
federico:fede fred frederick
felipe:pipe philip
ferenc:feri francis
fernanda:nanda fer
fernando:nando fer ferdinand
folashade:shade sade
francesca:franca frances
francesco:franco ciccio checco francis
francisca:paca paquita fran frances
francisco:paco pancho kiko fran curro francis chico
francois:francis
franziska:franzi ziska
friedrich:fritz fred frederick frederik
funmilayo:funmi
gabriel:gabi
galina:galya halyna
ganesh:ganu
georg:schorsch jorg george
georgios:giorgos george yorgos
georgy:gosha zhora georgi george heorhii georgii yura
gerardo:gerard
gerhard:gerd gerard
gertrud:trudi trude gerda
gheorghe:george gigi
giacomo:james jacob
giovanni:gianni vanni john
giulia:julia
giulio:julius julio
giuseppe:beppe peppe pino joseph
gottfried:godfrey friedel
gregorio:goyo gregory
grigory:grisha grigori hryhorii gregory
grzegorz:grzes gregory
guadalupe:lupe
guillaume:guigui william
guillermo:memo guille william
gustavo:gus tavo
gyorgy:gyuri george
habib:habeeb
hamid:hameed
hans:johannes johann
hassan:hasan hasaan
heinrich:heinz heiner henry hendrik enrique enrico
helmut:helmuth
hendrik:henk rik henry
hildegard:hilde hilda
hussein:hussain husain hossein huseyin hosein
ibrahim:ebrahim abraham brahim
ifeanyi:ify
ignacio:nacho ignatius inaki
ilya:ilia illia elijah elias
inna:inessa
ioannis:yannis giannis john
ion:john ionut
irina:ira iryna irene irena
isabel:isa chabela elizabeth
ismail:ishmael ismael
istvan:pista stephen
ivan:vanya vania ioann john jan johannes
jacobus:koos jaap jacob
jacques:jacky jack james
jakub:kuba jacob jakob
jamal:gamal jamaal cemal
jamila:jameela
jan:janek jasiek john johann
janos:jancsi john
javier:javi xavier
jayesh:jay
jean:john
jerzy:jurek george
jesus:chus chuy
joanna:asia joasia johanna joan
joao:joaozinho john
joaquin:quino joachim
johan:jan john
johann:hans john
johanna:hanna hanne joanna
johannes:hans hannes jo john johan jannes
jorge:george
jose:pepe joseph josep ze zeca chepe joao
josef:sepp jupp joseph jozef jose giuseppe yusuf
josefa:pepa josephine
jozef:jozek joseph josef
jozsef:joska joseph
juan:juanito john
juana:joan jane
julien:julian
jurgen:jorg george
karim:kareem
karl:charles carl carlos
katalin:kati catherine
katarzyna:kasia katherine catherine
katharina:kathi kati trina kaethe katrin catherine katherine katja
kehinde:kenny
khadija:khadijah hatice kadidia
khaled:khalid halit
kirill:kyrylo cyril
klaus:nikolaus claus
konstantin:kostya kostia kostiantyn constantine constantin
konstantinos:kostas dinos constantine
krishna:krish kris krishnan
krzysztof:krzysiek krzys christopher
ksenia:ksyusha xenia kseniya oksana
kwabena:kobina
kwadwo:kojo
kwame:kwami
lakshmi:laxmi lakshmy
larisa:lara larysa lora
laszlo:laci
laurent:lawrence
layla:leila laila leyla
leonid:lyonya leonidas
leticia:leti
lorenz:lawrence lorenzo
lorenzo:renzo lencho lawrence laurence
lourdes:lulu
ludwig:lutz louis wiggerl
luigi:gigi gino louis
luis:lucho louis luiz
luiz:luizinho louis
lukasz:luke lucas lukas
lyubov:lyuba liubov
lyudmila:lyuda luda mila liudmyla ludmila
magdalena:magda lena leni madeleine
mahesh:mahi
mahmoud:mahmood mahmut mamadou
malgorzata:gosia malgosia margaret
manish:manu
manuel:manolo manu emmanuel manel
marcin:martin
margarete:grete gretel greta margaret margarethe
margarita:rita margaryta margaret marga
margherita:rita margaret
maria:masha marusya mariya mariia marya marie mary miriam marysia manya maryam
mariam:maryam miriam meryem mary
mateusz:matthew matteo
mathieu:mathis matthew
matteo:teo matthew
matthias:matze hias matthew mathias
maxim:maks max maksim maksym
maximilian:max maxi
mercedes:merche meche
michael:michi michel mikael miguel michele mikhail
michail:michalis michael
michal:michael
michele:michael
miguel:migue michael
mihai:michael misu
mikhail:misha mykhailo michael mihail mikael michal
mohammed:muhammad mohamed mohammad muhammed mehmet mohamad mo mamadou mohd
montserrat:montse
moshe:moses moshik
mostafa:mustafa moustapha
mousa:musa moussa moses
nadezhda:nadya nadia nadiia
nasser:nasir naser
natalia:natasha nata natalya nataliia natalie talia
niamh:neve
nicola:nick nicholas
nicolas:nico nicholas
nikhil:nik
nikita:nik mykyta
nikolai:kolya mykola nikolay nicholas nikolaj nikolaus mikolaj
nikolaos:nikos nicholas
nikolaus:klaus nico niklas nicholas
nnamdi:namdi
noor:nour nur
obinna:obi
oleg:oleh
olga:olya olha olia helga
olufunke:funke
olumide:olu mide
oluwafemi:femi
oluwaseun:seun segun
oluwatobi:tobi
omar:umar omer
osman:usman othman uthman ousmane
pablo:paul
padraig:paddy patrick
panagiotis:panos takis
pavel:pasha pavlo paul pawel pablo paolo
pawel:paul
pedro:perico peter
petr:petya petro peter pyotr piotr pedro pietro
philippe:philip
pierre:pierrot peter
pieter:piet peter
pilar:pili
piotr:peter piotrek
polina:polya paulina pauline
pooja:puja
prakash:praka
prashant:prash
priyanka:priya
rafael:rafa raphael
rafal:raphael
raffaele:lello raphael
rajendra:raj rajan
rajesh:raj raju
ramesh:ram
ramon:moncho raymond
rashid:rasheed rachid
reinhard:reini
ricardo:richi richard
roberto:beto robert
roman:roma romain
rosario:charo
rudolf:rudi rudolph
said:saeed saeid sayed
salim:saleem selim
salvador:chava salva
salvatore:toto turi salvo
samir:sameer
sandor:sanyi alexander
sanjay:sanju
santiago:santi yago james jacob
seamus:shay james
sean:shaun shawn john
sebastian:basti bastian
sergei:seryozha serhii serhiy sergey serge sergio
sergio:checo sergius
shlomo:solomon
siddharth:sid siddhartha
siobhan:shivaun chevonne
sofia:sonya sonia sofiya sofiia sophia sophie zofia sofie
spyridon:spyros
srinivas:srini sreenivas
stanislav:stas slava stanislaw
stanislaw:staszek stas
stefan:steff stephan stephen steven istvan fane
stefano:stephen steven
subramanian:subbu subramaniam mani
sulaiman:suleiman solomon suleyman
suresh:suri
susanne:susi sanne susan suzanne
svetlana:sveta svitlana lana
sylvie:sylvia
szymon:simon
tariq:tarek tarik
tatiana:tanya tania tetiana tetyana tatyana
temitope:tope temi
teresa:tere theresa maite
theodor:theo ted
therese:resi theresa teresa
thierry:theodoric
timofei:tima timothy tymofii
tobias:tobi
tomas:thomas
tomasz:tomek thomas
uchechukwu:uche
ulrich:uli
ursula:uschi ulla
vadim:vadym vadik
valentina:valya valentyna
valeria:lera valeriya valeriia valerie
varvara:varya barbara
vasileios:vasilis bill basil
vasily:vasya vasyl vasilii basil vasileios
venkatesh:venkat venky
vicente:chente vincent
victoria:vika viktoriya viktoria viktoriia vicky
vijay:vijaya
vikram:vicky vik
viktor:vitya victor
vincenzo:enzo vincent
vitaly:vitalik vitalii
vladimir:vova volodya volodymyr vlad
vladislav:vlad slava vladyslav wladyslaw
vyacheslav:slava viacheslav
walter:walt
wilhelm:willi willy william guillaume
willem:wim william
wojciech:wojtek adalbert
wolfgang:wolf wolfi
yaakov:jacob yaki
yahya:yehya john
yana:jana iana
yaroslav:slava yarik jaroslav
yasin:yassine yaseen
yehuda:judah yudi
yekaterina:katya katia katja kateryna katerina
yitzhak:isaac itzik
yosef:yossi joseph
yulia:julia yuliya yuliia iuliia giulia yulya julie
yuri:yura yuriy yurii iurii jurij george
yusuf:youssef yousef yousuf joseph yusef youssouf yosef
zainab:zeinab zeynep zaynab
zofia:zosia sophia
zsuzsanna:zsuzsi susan
`;
